import Synchronization

/// A connection leased to one caller: for transactions with logic between statements, COPY and LISTEN.
/// Calls on it are answered in the order in which they are made.
public final class PostgresConnection: Sendable {
    private let multiplexer: Multiplexer
    private let id: Int
    private let isInTransaction = Mutex(false)

    init(_ multiplexer: Multiplexer, id: Int) {
        self.multiplexer = multiplexer
        self.id = id
    }

    /// Runs one statement.
    public func query(_ statement: SQL) async throws -> Rows { try await run([statement])[0] }

    /// Runs statements in one round trip. Outside of `withTransaction` they are one transaction of their own.
    /// There is no deadline but the server's `statement_timeout`; cancelling the caller asks the server to stop.
    public func run(_ statements: [SQL]) async throws -> [Rows] {
        let lossCode: PostgresError.Code = isInTransaction.withLock { $0 } ? .connectionLost : .unknownOutcome
        return try await run(statements, lossCode: lossCode)
    }

    private func run(_ statements: [SQL], lossCode: PostgresError.Code) async throws -> [Rows] {
        guard !statements.isEmpty else { return [] }
        let work = Work(Segment(statements: statements), lease: id, deadline: nil, lossCode: lossCode)
        return try await cancellable { [multiplexer] in
            try await work.value { multiplexer.loop.submit($0) }
        }
    }

    /// Runs a script of any number of statements without parameters (simple query protocol), as one transaction
    /// unless it controls transactions itself. For migrations, and for people's own SQL.
    /// - Returns: the rows of each statement, their values as text: see ``Row/text(at:)``.
    @discardableResult
    public func execute(script: SQL) async throws -> [Rows] {
        try await cancellable { [multiplexer, id] in try await multiplexer.script(id, script) }
    }

    /// Runs one statement of any kind, without parameters: PostgreSQL refuses a text that holds more. For people's own SQL.
    /// - Returns: its rows, their values as text: see ``Row/text(at:)``.
    @discardableResult
    public func execute(statement: SQL) async throws -> Rows {
        let answers = try await cancellable { [multiplexer, id] in
            try await multiplexer.script(id, statement, isOneStatement: true)
        }
        guard let rows = answers.first else { throw PostgresError(.connectionLost, "no answer to a statement") }
        return rows
    }

    /// BEGIN, the body, then COMMIT; ROLLBACK when the body throws, and its error is thrown on.
    /// - Throws: what the body throws; ``PostgresError`` with code `unknownOutcome` when the connection ended at COMMIT.
    public func withTransaction<R>(_ body: () async throws -> R) async throws -> R {
        _ = try await run(["begin"], lossCode: .connectionLost)
        isInTransaction.withLock { $0 = true }
        defer { isInTransaction.withLock { $0 = false } }
        let value: R
        do {
            value = try await body()
        } catch {
            // Out of the caller's task, which may be cancelled: the rollback must go out all the same.
            let rollback = Task { try await self.run(["rollback"], lossCode: .connectionLost) }
            if case .failure = await rollback.result { await multiplexer.closeLease(id) }
            throw error
        }
        let commit = try await Task { try await self.run(["commit"], lossCode: .unknownOutcome) }.value
        // COMMIT of a failed transaction "succeeds" as a rollback.
        guard commit[0].result.command == "COMMIT" else {
            throw PostgresError(.server, "the transaction was rolled back: an error in it was caught and passed over")
        }
        return value
    }

    /// `COPY … FROM STDIN`: sends the chunks, as PostgreSQL's format has them.
    /// - Returns: the number of rows copied.
    @discardableResult
    public func copyIn<S: AsyncSequence>(_ statement: SQL, from chunks: S) async throws -> Int
    where S.Element == [UInt8] {
        try await multiplexer.beginCopy(id, statement, .in)
        do {
            for try await chunk in chunks { try await multiplexer.putCopy(id, chunk) }
        } catch {
            _ = try? await multiplexer.endCopyIn(id, failing: "the sender gave up")
            throw error
        }
        return try await multiplexer.endCopyIn(id, failing: nil)
    }

    /// `COPY … TO STDOUT`: hands over each chunk as it comes.
    public func copyOut(_ statement: SQL, _ receive: ([UInt8]) async throws -> Void) async throws {
        try await multiplexer.beginCopy(id, statement, .out)
        do {
            while let chunk = try await multiplexer.takeCopy(id) { try await receive(chunk) }
        } catch {
            // The rest of the rows is on its way: only a new connection is clean.
            await multiplexer.closeLease(id)
            throw error
        }
    }

    /// LISTENs, and yields what is notified, until the connection ends or the sequence is let go.
    /// The stream finishing means that the connection was lost: notifications may have been missed.
    public func notifications(on channel: Identifier) async throws -> AsyncStream<Notification> {
        let stream = try await multiplexer.subscribe(id)
        _ = try await query("listen \(channel)")
        return stream
    }

    /// What `NOTIFY` sent.
    public struct Notification: Sendable {
        public let channel: String
        public let payload: String
        /// Process id of the backend that notified.
        public let processID: Int32
    }

    private func cancellable<R: Sendable>(_ body: @Sendable () async throws -> R) async throws -> R {
        try await withTaskCancellationHandler {
            try await body()
        } onCancel: { [multiplexer, id] in
            Task { await multiplexer.cancel(id) }
        }
    }
}
