import CLibpq
import DequeModule

/// One connection on the client's loop: sends segments back to back, and hands out their answers in order.
/// Only the loop's actor uses it.
final class Channel {
    /// What came of reading.
    enum Outcome {
        case finished(Pipeline<Work, Rows>.Finished)
        case notification(PostgresConnection.Notification)
        /// The connection is of no more use; every segment in it was taken out.
        case lost(PostgresError, unanswered: [(work: Work, isRetry: Bool)])
    }

    let handle: ConnectionHandle
    private(set) var pipeline = Pipeline<Work, Rows>()
    private(set) var statements: StatementCache
    /// Whose segments it has sent, `.shared` left out: its backend's caches hold something of each.
    private(set) var owners: Set<UInt64> = []
    /// Since when the oldest unanswered segment is the server's only business.
    private(set) var busySince: ContinuousClock.Instant?
    /// How long the server was busy with the last segment that it answered.
    private var lastTook = Duration.zero
    /// Segments under way, by owner.
    private var inFlightByOwner: [UInt64: Int] = [:]
    /// Bytes wait for the socket to take them.
    private(set) var wantsWrite = false
    /// A script or COPY has the connection, outside of pipeline mode.
    var isExclusive = false
    /// The server was asked to give up what it ran.
    var wasCancelled = false
    /// Whoever waits for this socket, while `isExclusive`.
    var waiter: Waiter?
    /// Taken out of use: nothing may be sent, and what still arrives is nobody's.
    private(set) var isClosed = false
    struct Waiter {
        let forWriting: Bool
        let continuation: CheckedContinuation<Void, any Error>
    }
    private var hasUnflushed = false

    private let isShared: Bool

    init(_ handle: ConnectionHandle, isShared: Bool, preparedStatements: Int) {
        self.handle = handle
        self.isShared = isShared
        statements = StatementCache(capacity: preparedStatements)
    }

    var inFlight: Int { pipeline.count }
    func inFlight(of owner: UInt64) -> Int { inFlightByOwner[owner, default: 0] }
    /// Whether what is sent here is answered soon, as far as can be told.
    var isQuick: Bool { pipeline.isEmpty || lastTook < .milliseconds(5) }
    var isDead: Bool { handle.isBad }

    /// Queues a segment into libpq's buffer; `flush` sends it.
    func send(_ work: Work, isRetry: Bool, now: ContinuousClock.Instant) throws {
        let segment = work.segment
        var steps = Deque<Pipeline<Work, Rows>.Step>()
        inFlightByOwner[segment.scope.owner, default: 0] += 1
        do {
            let dropped = statements.takeDropped()
            if !dropped.isEmpty { try deallocate(dropped) }
            if let preamble = segment.preamble {
                let key = StatementCache.Key(.shared, preamble)
                let wasNamed = try send(preamble, key, &steps)
                steps.append(.preamble(key, wasNamed: wasNamed))
            }
            for statement in segment.statements {
                let key = StatementCache.Key(segment.scope, statement)
                let wasNamed = try send(statement, key, &steps)
                steps.append(.statement(key, wasNamed: wasNamed))
            }
            try handle.sync()
        } catch {
            // What was queued so far counts as sent: the connection ends with it.
            pipeline.append(work, steps: steps, isRetry: isRetry)
            throw error
        }
        pipeline.append(work, steps: steps, isRetry: isRetry)
        if segment.scope != .shared { owners.insert(segment.scope.owner) }
        if busySince == nil { busySince = now }
        hasUnflushed = true
    }

    private func send(
        _ statement: SQL,
        _ key: StatementCache.Key,
        _ steps: inout Deque<Pipeline<Work, Rows>.Step>
    ) throws -> Bool {
        switch statements.decide(key) {
        case .unnamed:
            try handle.send(.unnamed(statement))
            return false
        case .prepare(let name):
            try handle.send(.prepare(name, statement))
            steps.append(.prepare(key, name: name))
            try handle.send(.named(name, statement))
            return true
        case .named(let name):
            try handle.send(.named(name, statement))
            return true
        }
    }

    private func deallocate(_ names: [String]) throws {
        for name in names { try handle.send(.unnamed("deallocate \(unsafeRaw: name)")) }
        try handle.sync()
        pipeline.append(nil, steps: Deque(repeating: .housekeeping, count: names.count), isRetry: true)
        hasUnflushed = true
    }

    func flushIfNeeded() throws {
        guard hasUnflushed || wantsWrite else { return }
        hasUnflushed = false
        wantsWrite = try handle.flush()
    }

    /// Reads what has arrived, and reports each segment that it completes.
    func receive(now: ContinuousClock.Instant, _ report: (Outcome) -> Void) {
        guard PQconsumeInput(handle.pointer) == 1 else {
            return report(lose(PostgresError(.connectionLost, handle.lastError)))
        }
        defer { takeNotifications(report) }
        var emptyReads = 0
        while !pipeline.isEmpty, PQisBusy(handle.pointer) == 0 {
            let event: Pipeline<Work, Rows>.Event
            if let result = PQgetResult(handle.pointer) {
                emptyReads = 0
                event = Self.event(result)
                // After BEGIN or COMMIT AND CHAIN, a Sync no longer commits: what follows would be lost.
                if isShared, case .answer(let rows) = event, rows.result.isTransactionControl {
                    return report(lose(PostgresError(.connectionLost, "a segment held \(rows.result.command)")))
                }
            } else {
                emptyReads += 1
                if emptyReads > 1 { return report(lose(PostgresError(.connectionLost, "answers are missing"))) }
                event = .endOfCommand
            }
            switch pipeline.receive(event) {
            case .none: break
            case .prepared(let key, let name): statements.prepared(key, name)
            case .notPrepared(let key): statements.failed(key)
            case .mismatch(let reason):
                return report(lose(PostgresError(.connectionLost, "the connection lost step: \(reason)")))
            case .finished(let finished):
                if let busySince { lastTook = now - busySince }
                busySince = pipeline.isEmpty ? nil : now
                if let owner = finished.owner?.segment.scope.owner { leaveFlight(owner) }
                emptyReads = 0
                noteStale(finished)
                report(.finished(finished))
            }
        }
        if handle.isBad { report(lose(PostgresError(.connectionLost, handle.lastError))) }
    }

    private func leaveFlight(_ owner: UInt64) {
        let remaining = inFlightByOwner[owner, default: 1] - 1
        inFlightByOwner[owner] = remaining > 0 ? remaining : nil
    }

    /// The reads of others than the owner of the slow segment in front, which wait behind it; each once in its life.
    func overtake() -> [Work] {
        guard let slow = pipeline.front?.segment.scope.owner else { return [] }
        return pipeline.owners.filter {
            $0.segment.isReadOnly && $0.segment.scope.owner != slow && $0.lease == nil && !$0.isSettled
                && $0.isFirstOvertaking()
        }
    }

    /// Forgets every name, as the server does at DISCARD ALL.
    func forgetStatements() { statements.forgetAll() }

    /// Wakes whoever waits for the socket.
    func wakeWaiter() {
        guard let waiter else { return }
        self.waiter = nil
        waiter.continuation.resume()
    }

    /// Ends it, whatever is under way.
    func lose(_ error: PostgresError) -> Outcome {
        isClosed = true
        waiter?.continuation.resume(throwing: error)
        waiter = nil
        let unanswered = pipeline.removeAll().compactMap { sent in sent.owner.map { (work: $0, isRetry: sent.isRetry) }
        }
        return .lost(error, unanswered: unanswered)
    }

    private func noteStale(_ finished: Pipeline<Work, Rows>.Finished) {
        guard let state = finished.error?.sqlState else { return }
        if state == .invalidStatementName { statements.forgetAll() }
        if state == .featureNotSupported, let key = finished.failedName { statements.invalidate(key) }
    }

    private static func event(_ result: OpaquePointer) -> Pipeline<Work, Rows>.Event {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return .answer(Rows(ResultHandle(result)))
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            return .sync
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            return .skipped
        default: return .failure(ResultHandle(result).error())
        }
    }

    private func takeNotifications(_ report: (Outcome) -> Void) {
        while let notify = PQnotifies(handle.pointer) {
            defer { PQfreemem(notify) }
            report(
                .notification(
                    .init(
                        channel: String(cString: notify.pointee.relname),
                        payload: String(cString: notify.pointee.extra),
                        processID: notify.pointee.be_pid
                    )
                )
            )
        }
    }
}
