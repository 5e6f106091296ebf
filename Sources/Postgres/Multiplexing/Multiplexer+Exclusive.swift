import CLibpq

/// Scripts and COPY: what needs a leased connection to itself, outside of pipeline mode.
extension Multiplexer {
    /// Runs a script in the simple query protocol, or one statement in the extended; values come as text.
    func script(_ id: Int, _ statement: SQL, isOneStatement: Bool = false) async throws -> [Rows] {
        let channel = try enterExclusive(id)
        var rows: [Rows] = []
        var failure: (any Error)?
        do {
            try await startQuery(channel, statement, isOneStatement: isOneStatement)
            while let result = try await nextResult(channel) {
                switch result.status {
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: rows.append(Rows(result))
                case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                    throw PostgresError(.invalidUse, "COPY to or from the client has no place in a script")
                default: failure = failure ?? result.error()
                }
            }
        } catch { failure = error }
        leaveExclusive(channel, after: failure)
        if let failure { throw failure }
        return rows
    }

    /// What a COPY needs, step by step; the connection stays outside of pipeline mode in between.
    func beginCopy(_ id: Int, _ statement: SQL, _ expected: CopyDirection) async throws {
        let channel = try enterExclusive(id)
        do {
            try await startQuery(channel, statement)
            guard let result = try await nextResult(channel) else {
                throw PostgresError(.connectionLost, "no answer to COPY")
            }
            let isExpected =
                switch (result.status, expected) {
                case (PGRES_COPY_IN, .in), (PGRES_COPY_OUT, .out): true
                default: false
                }
            guard isExpected else {
                if result.status == PGRES_FATAL_ERROR { throw result.error() }
                throw PostgresError(.invalidUse, "this is no COPY in the direction asked for")
            }
        } catch {
            leaveExclusive(channel, after: error)
            throw error
        }
    }

    enum CopyDirection: Sendable { case `in`, out }

    func putCopy(_ id: Int, _ chunk: [UInt8]) async throws {
        let channel = try exclusiveChannel(id)
        while true {
            let outcome = chunk.withUnsafeBytes { bytes in
                PQputCopyData(
                    channel.handle.pointer,
                    bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                    Int32(bytes.count)
                )
            }
            guard outcome >= 0 else { throw PostgresError(.connectionLost, channel.handle.lastError) }
            try await flushFully(channel)
            if outcome == 1 { return }
        }
    }

    /// Ends a COPY IN; with a reason, the server drops what was sent.
    func endCopyIn(_ id: Int, failing reason: String?) async throws -> Int {
        let channel = try exclusiveChannel(id)
        var affected = 0
        var failure: (any Error)?
        do {
            while true {
                let outcome = PQputCopyEnd(channel.handle.pointer, reason)
                guard outcome >= 0 else { throw PostgresError(.connectionLost, channel.handle.lastError) }
                try await flushFully(channel)
                if outcome == 1 { break }
            }
            while let result = try await nextResult(channel) {
                if result.status == PGRES_COMMAND_OK {
                    affected = result.affected
                } else {
                    failure = failure ?? result.error()
                }
            }
        } catch { failure = error }
        leaveExclusive(channel, after: failure)
        if let failure, reason == nil { throw failure }
        return affected
    }

    /// The next chunk of a COPY OUT of up to about 64 KiB, or nil at its end.
    func takeCopy(_ id: Int) async throws -> [UInt8]? {
        let channel = try exclusiveChannel(id)
        var chunk: [UInt8] = []
        while chunk.count < 65_536 {
            var buffer: UnsafeMutablePointer<CChar>?
            let count = PQgetCopyData(channel.handle.pointer, &buffer, 1)
            if count > 0, let buffer {
                chunk.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: Int(count)))
                PQfreemem(buffer)
            } else if count == 0 {
                if !chunk.isEmpty { break }
                try await readMore(channel)
            } else {
                break
            }
        }
        if !chunk.isEmpty { return chunk }
        var failure: (any Error)?
        do {
            while let result = try await nextResult(channel) {
                if result.status != PGRES_COMMAND_OK { failure = result.error() }
            }
        } catch { failure = error }
        leaveExclusive(channel, after: failure)
        if let failure { throw failure }
        return nil
    }

    // MARK: Steps

    private func exclusiveChannel(_ id: Int) throws -> Channel {
        guard let channel = leases.channel(id), channel.isExclusive else {
            throw PostgresError(.closed, "the leased connection was lost")
        }
        return channel
    }

    private func enterExclusive(_ id: Int) throws -> Channel {
        guard let channel = leases.channel(id) else {
            throw PostgresError(.closed, "the leased connection was lost or given back")
        }
        guard channel.inFlight == 0, !channel.isExclusive else {
            throw PostgresError(.invalidUse, "a script or COPY must wait for what runs on its connection")
        }
        guard PQexitPipelineMode(channel.handle.pointer) == 1 else {
            throw PostgresError(.connectionLost, channel.handle.lastError)
        }
        channel.isExclusive = true
        return channel
    }

    /// Back to pipeline mode. A connection with anything left unread is closed.
    private func leaveExclusive(_ channel: Channel, after error: (any Error)?) {
        guard !channel.isClosed else { return }
        let handle = channel.handle
        let isWhole = !handle.isBad && PQenterPipelineMode(handle.pointer) == 1
        guard isWhole else {
            let reason = (error as? PostgresError) ?? PostgresError(.connectionLost, handle.lastError)
            return settle(channel.lose(reason), channel, .now)
        }
        channel.isExclusive = false
    }

    private func startQuery(_ channel: Channel, _ statement: SQL, isOneStatement: Bool = false) async throws {
        guard statement.parameters.count == 0 else {
            throw PostgresError(.invalidUse, "a script takes no parameters")
        }
        let pointer = channel.handle.pointer
        let sent =
            isOneStatement
            ? PQsendQueryParams(pointer, statement.text, 0, nil, nil, nil, nil, 0)
            : PQsendQuery(pointer, statement.text)
        guard sent == 1 else { throw PostgresError(.connectionLost, channel.handle.lastError) }
        try await flushFully(channel)
    }

    private func flushFully(_ channel: Channel) async throws {
        while try channel.handle.flush() {
            try await ready(channel, forWriting: true)
            // The server may be unable to read on before we take what it has for us.
            guard PQconsumeInput(channel.handle.pointer) == 1 else {
                throw PostgresError(.connectionLost, channel.handle.lastError)
            }
        }
    }

    private func nextResult(_ channel: Channel) async throws -> ResultHandle? {
        while PQisBusy(channel.handle.pointer) != 0 { try await readMore(channel) }
        return PQgetResult(channel.handle.pointer).map(ResultHandle.init)
    }

    private func readMore(_ channel: Channel) async throws {
        try await ready(channel, forWriting: false)
        guard PQconsumeInput(channel.handle.pointer) == 1 else {
            throw PostgresError(.connectionLost, channel.handle.lastError)
        }
    }

    private func ready(_ channel: Channel, forWriting: Bool) async throws {
        guard !channel.isClosed else { throw PostgresError(.closed, "the connection was closed") }
        try await withCheckedThrowingContinuation { continuation in
            channel.waiter = .init(forWriting: forWriting, continuation: continuation)
        }
    }
}
