extension Multiplexer {
    /// Leases a connection: one given back earlier, a new one, or whichever comes back first when all are out.
    func lease() async throws -> Int {
        let deadline = ContinuousClock.now + configuration.timeout
        while leases.count >= configuration.leases {
            try await withCheckedThrowingContinuation { continuation in
                leases.wait(.init(continuation: continuation, deadline: deadline))
            }
        }
        while let channel = leases.takeIdle() {
            if !channel.isClosed, !channel.isDead { return leases.lease(channel) }
        }
        leases.connecting += 1
        let result = await withCheckedContinuation { continuation in
            open { continuation.resume(returning: $0) }
        }
        leases.connecting -= 1
        do {
            return leases.lease(
                Channel(try result.get(), isShared: false, preparedStatements: configuration.preparedStatements)
            )
        } catch {
            leases.wakeWaiter()
            throw error
        }
    }

    /// Takes a leased connection back. It is kept only if no transaction is open on it; its session is wiped first.
    func giveBack(_ id: Int) async {
        guard let channel = leases.channel(id) else { return }
        // What was to cancel its last statement may arrive late, and would hit the next holder's.
        guard channel.inFlight == 0, !channel.isExclusive, channel.handle.isIdle, !channel.wasCancelled else {
            // Its caller has been cancelled, as a rule: closing the connection alone would let a statement run on.
            cancel(id)
            return settle(channel.lose(PostgresError(.closed, "given back with work under way")), channel, .now)
        }
        // Settings, LISTENs, temporary tables and names of the last holder go.
        let wipe = Work(
            Segment(statements: ["discard all"]),
            lease: id,
            deadline: .now + configuration.timeout
        )
        let wiped = await Task { [loop] in try await wipe.value { loop.submit($0) } }.result
        guard case .success = wiped, !channel.isClosed, !channel.wasCancelled else {
            return settle(channel.lose(PostgresError(.closed, "its session could not be wiped")), channel, .now)
        }
        channel.forgetStatements()
        _ = leases.giveBack(id)
        leases.keep(channel)
        leases.wakeWaiter()
    }

    /// Closes a leased connection without waiting for anything.
    func closeLease(_ id: Int) {
        guard let channel = leases.channel(id) else { return }
        settle(channel.lose(PostgresError(.closed, "closed by its holder")), channel, .now)
    }

    /// Asks the server to give up what a leased connection runs.
    func cancel(_ id: Int) {
        guard let channel = leases.channel(id), channel.inFlight > 0 || channel.isExclusive else { return }
        guard let request = channel.handle.cancelRequest() else { return }
        channel.wasCancelled = true
        // Without a thread for it, the statement runs on, until its end or its timeout.
        try? BlockingThread.run { request.send() }
    }

    func subscribe(_ id: Int) throws -> AsyncStream<PostgresConnection.Notification> {
        guard leases.channel(id) != nil else { throw PostgresError(.closed, "the leased connection was lost") }
        let (stream, continuation) = AsyncStream.makeStream(of: PostgresConnection.Notification.self)
        leases.subscribe(id, continuation)
        return stream
    }
}
