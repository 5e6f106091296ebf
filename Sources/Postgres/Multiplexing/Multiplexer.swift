import Logging

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Owns a client's connections, on the client's loop: which segment goes where, and what becomes of it.
///
/// What goes where is in Multiplexer+Dispatch, what is leased in Multiplexer+Leases, and what has a connection to itself in
/// Multiplexer+Exclusive: one state machine, on one thread.
actor Multiplexer {
    struct Queued {
        let work: Work
        let isRetry: Bool
    }

    nonisolated let loop: PollLoop
    nonisolated let configuration: PostgresConfiguration
    nonisolated let logger: Logger

    var slots: [Slot]
    var queue = FairQueue<Queued>()
    /// Segments that are sent and not answered, those on leased connections too.
    var inFlight = 0
    private var random = SystemRandomNumberGenerator()
    private var lastSweep = ContinuousClock.now
    private var lastConnectError: PostgresError?
    private var refusals = Recurrence()
    /// When a connection was lost.
    private var lastLoss: ContinuousClock.Instant?
    private var isStarted = false
    private var isDraining = false
    /// The channels behind the descriptors of the last `poll`, in their order.
    private var watched: [Channel] = []

    var leases = LeaseTable()

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(configuration: PostgresConfiguration, loop: PollLoop, logger: Logger) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        slots = Array(repeating: Slot(), count: configuration.connections)
    }

    // MARK: Life

    func start() { isStarted = true }

    /// Waits until everything accepted is answered, at most for `limit`, then closes all connections.
    func drain(limit: Duration) async {
        isDraining = true
        let deadline = ContinuousClock.now + limit
        while (!queue.isEmpty || inFlight > 0 || leases.isInUse), ContinuousClock.now < deadline {
            try? await Task { try await Task.sleep(for: .milliseconds(5)) }.value
        }
        let closed = PostgresError(.closed, "the client is shut down")
        for queued in queue.removeAll() { fail(queued, closed) }
        for channel in allChannels { settle(channel.lose(closed), channel, ContinuousClock.now) }
        slots = []
        leases.closeAll(closed)
        watched = []
    }

    private var allChannels: [Channel] {
        slots.flatMap { slot in [slot.channel].compactMap(\.self) + slot.draining } + leases.channels
    }

    // MARK: The loop's turn

    /// One turn of the loop: read what is ready, send what may go, and say what to wait for.
    /// - Returns: milliseconds to wait at most, −1 for ever.
    func turn(ready: [pollfd], next: inout [pollfd]) -> Int32 {
        let now = ContinuousClock.now
        for (channel, descriptor) in zip(watched, ready.dropFirst()) where descriptor.revents != 0 {
            serve(channel, descriptor.revents, now)
        }
        for work in loop.takeInbox() { admit(work, now) }
        if isStarted { connectMissing(now) }
        if now - lastSweep >= .milliseconds(25) { sweep(now) }
        dispatch(now)
        flushAll(now)
        watch(&next)
        return waitTime(now)
    }

    private func serve(_ channel: Channel, _ events: Int16, _ now: ContinuousClock.Instant) {
        guard !channel.isClosed else { return }
        if channel.isExclusive { return channel.wakeWaiter() }
        channel.receive(now: now) { settle($0, channel, now) }
    }

    private func flushAll(_ now: ContinuousClock.Instant) {
        for slot in slots {
            if let channel = slot.channel { flush(channel, now) }
            for channel in slot.draining { flush(channel, now) }
        }
        for channel in leases.channels { flush(channel, now) }
    }

    private func flush(_ channel: Channel, _ now: ContinuousClock.Instant) {
        guard !channel.isClosed, !channel.isExclusive else { return }
        do {
            try channel.flushIfNeeded()
        } catch {
            settle(channel.lose(error as? PostgresError ?? PostgresError(.connectionLost, "\(error)")), channel, now)
        }
    }

    private func watch(_ next: inout [pollfd]) {
        watched.removeAll(keepingCapacity: true)
        func add(_ channel: Channel) {
            guard !channel.isClosed else { return }
            var events = Int16(POLLIN)
            if channel.isExclusive {
                guard let waiter = channel.waiter else { return }
                if waiter.forWriting { events |= Int16(POLLOUT) }
            } else if channel.wantsWrite {
                events |= Int16(POLLOUT)
            }
            watched.append(channel)
            next.append(pollfd(fd: channel.handle.socket, events: events, revents: 0))
        }
        for slot in slots {
            if let channel = slot.channel { add(channel) }
            for channel in slot.draining { add(channel) }
        }
        for channel in leases.channels { add(channel) }
    }

    private func waitTime(_ now: ContinuousClock.Instant) -> Int32 {
        if !queue.isEmpty || inFlight > 0 || leases.hasWaiters || slots.contains(where: { !$0.draining.isEmpty }) {
            return 25
        }
        let retries = slots.compactMap { $0.channel == nil && !$0.isConnecting ? $0.retryAt : nil }
        guard let first = retries.min() else { return -1 }
        return Int32(clamping: max(1, (first - now).milliseconds + 1))
    }

    // MARK: Work in

    private func admit(_ work: Work, _ now: ContinuousClock.Instant) {
        guard !work.isSettled else { return }
        if let lease = work.lease {
            guard let channel = leases.channel(lease) else {
                return work.fail(PostgresError(.closed, "the leased connection was lost or given back"))
            }
            return send(Queued(work: work, isRetry: true), channel, now)
        }
        guard !isDraining else { return work.fail(PostgresError(.closed, "the client is shutting down")) }
        guard configuration.connections > 0 else {
            return work.fail(PostgresError(.invalidUse, "this client has no shared connections; lease one"))
        }
        if let error = reasonToFail { return work.fail(error) }
        let owner = work.segment.scope.owner
        guard queue.count < configuration.queueTotal else {
            return work.fail(PostgresError(.queueFull, "\(queue.count) segments wait already"))
        }
        guard queue.count(of: owner) < configuration.queuePerOwner else {
            let waiting = queue.count(of: owner)
            let isNobodys = owner == StatementScope.shared.owner
            return work.fail(
                PostgresError(
                    isNobodys ? .queueFull : .ownerQueueFull,
                    "\(waiting) segments of this owner wait already"
                )
            )
        }
        queue.append(Queued(work: work, isRetry: false), owner: owner)
    }

    // MARK: Answers out

    func settle(_ outcome: Channel.Outcome, _ channel: Channel, _ now: ContinuousClock.Instant) {
        switch outcome {
        case .notification(let notification): leases.yield(notification, on: channel)
        case .finished(let finished): settle(finished, channel, now)
        case .lost(let error, let unanswered):
            remove(channel, error, now)
            // When one backend crashes, all end, and most say so: a work's second loss to the same crash does not count.
            let isSameCrash = channel.handle.fellWithServer || lastLoss.map { channel.handle.askedAt <= $0 } ?? false
            if error.code == .connectionLost { lastLoss = now }
            for (work, isRetry) in unanswered { settleLost(work, isLast: isRetry && !isSameCrash, error) }
        }
    }

    private func settle(
        _ finished: Pipeline<Work, Rows>.Finished,
        _ channel: Channel,
        _ now: ContinuousClock.Instant
    ) {
        guard let work = finished.owner else { return }
        inFlight -= 1
        let state = finished.error?.sqlState
        let isStale = (state == .featureNotSupported && finished.failedName != nil) || state == .invalidStatementName
        if let error = finished.error {
            if isStale, !finished.isRetry, !work.isSettled {
                send(Queued(work: work, isRetry: true), channel, now)
            } else {
                work.fail(error)
            }
        } else {
            work.succeed(finished.answers)
        }
    }

    private func settleLost(_ work: Work, isLast: Bool, _ error: PostgresError) {
        inFlight -= 1
        guard !work.isSettled else { return }
        if work.segment.isRepeatable, !isLast, work.lease == nil, !isDraining {
            queue.append(Queued(work: work, isRetry: true), owner: work.segment.scope.owner)
        } else if error.code == .closed, work.segment.isReadOnly || work.lease != nil {
            work.fail(error)
        } else {
            work.fail(PostgresError(work.lossCode, error.message))
        }
    }

    private func remove(_ channel: Channel, _ error: PostgresError, _ now: ContinuousClock.Instant) {
        leases.remove(channel)
        for index in slots.indices {
            slots[index].draining.removeAll { $0 === channel }
            guard slots[index].channel === channel else { continue }
            if error.code != .closed { logger.info("connection lost", metadata: ["reason": "\(error.message)"]) }
            slots[index].channel = nil
            // Not at once: a server whose backend has crashed takes a moment to see it, and cuts off what comes before.
            slots[index].retryAt = now + Backoff.first
        }
    }

    // MARK: Upkeep

    /// Fails what is past its deadline, and gives up connections that answer nothing.
    private func sweep(_ now: ContinuousClock.Instant) {
        lastSweep = now
        let isDown = isDown
        queue.removeAll { queued in
            if queued.work.isOverdue(now) { fail(queued, deadlineError(isDown: isDown)) }
            return queued.work.isSettled
        }
        for channel in allChannels where !channel.isClosed {
            for work in channel.pipeline.owners where work.isOverdue(now) {
                work.fail(work.segment.isReadOnly ? deadlineError(isDown: false) : Self.unanswered)
            }
            if let front = channel.pipeline.front, front.lease == nil,
                front.isUnanswered(now, for: configuration.timeout)
            {
                settle(channel.lose(PostgresError(.connectionLost, "the server does not answer")), channel, now)
            }
        }
        leases.expireWaiters(now)
        overtake(now)
        retire(now)
    }

    private var isDown: Bool { slots.allSatisfy { $0.channel == nil } }

    /// Why work does not wait for a connection.
    private var reasonToFail: PostgresError? {
        guard configuration.failsFast, isDown, let lastConnectError, !lastConnectError.isPassing else { return nil }
        return lastConnectError
    }

    /// What was sent once, and did not only read, may have happened then.
    private func fail(_ queued: Queued, _ error: PostgresError) {
        let mayHaveHappened = queued.isRetry && !queued.work.segment.isReadOnly
        queued.work.fail(mayHaveHappened ? PostgresError(.unknownOutcome, error.message) : error)
    }

    /// It was sent, and may still be done.
    private static let unanswered = PostgresError(.unknownOutcome, "no answer from PostgreSQL by the deadline")

    private func deadlineError(isDown: Bool) -> PostgresError {
        if isDown, let lastConnectError { return lastConnectError }
        return PostgresError(.deadlineExceeded, "no answer from PostgreSQL by the deadline")
    }

    private func connectMissing(_ now: ContinuousClock.Instant) {
        guard !isDraining else { return }
        for index in slots.indices where slots[index].channel == nil && !slots[index].isConnecting {
            if let retryAt = slots[index].retryAt, retryAt > now { continue }
            connect(index)
        }
    }

    /// Replaces, one at a time, a connection that has served its number of owners.
    private func retire(_ now: ContinuousClock.Instant) {
        for index in slots.indices {
            slots[index].draining.removeAll { $0.inFlight == 0 }
        }
        guard let limit = configuration.ownersPerConnection, !isDraining,
            slots.allSatisfy({ !$0.isConnecting && $0.draining.isEmpty }),
            let index = slots.firstIndex(where: {
                ($0.channel?.owners.count ?? 0) >= limit && $0.retryAt.map { $0 <= now } ?? true
            })
        else { return }
        connect(index)
    }

    private func connect(_ index: Int) {
        slots[index].isConnecting = true
        open { result in await self.connected(index, result) }
    }

    /// Connects on a thread that may block, and brings the result back to the loop.
    nonisolated func open(_ done: @escaping @Sendable (Result<ConnectionHandle, PostgresError>) async -> Void) {
        do throws(PostgresError) {
            try BlockingThread.run { [configuration, logger] in
                let result = Result { try ConnectionHandle(configuration, logger: logger) }
                    .mapError { $0 as? PostgresError ?? PostgresError(.connectionFailed, "\($0)") }
                Task { await done(result) }
            }
        } catch {
            Task { await done(.failure(error)) }
        }
    }

    private func connected(_ index: Int, _ result: Result<ConnectionHandle, PostgresError>) {
        guard index < slots.count else { return }
        slots[index].isConnecting = false
        switch result {
        case .success(let handle):
            slots[index].backoff.succeeded()
            lastConnectError = nil
            refusals.end()
            if let old = slots[index].channel, old.inFlight > 0 { slots[index].draining.append(old) }
            slots[index].channel = Channel(
                handle,
                isShared: true,
                preparedStatements: configuration.preparedStatements
            )
        case .failure(let error):
            lastConnectError = error
            let wait = slots[index].backoff.failed(using: &random)
            slots[index].retryAt = .now + wait
            if let error = reasonToFail { for queued in queue.removeAll() { fail(queued, error) } }
            if refusals.isWorthSaying(error.message) {
                logger.info("cannot connect", metadata: ["reason": "\(error.message)", "retry_in": "\(wait)"])
            }
        }
    }
}
