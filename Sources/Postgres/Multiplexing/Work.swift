import Synchronization

/// A segment on its way, and the caller that waits for it. Whoever settles it first, wins: an answer, a deadline, or
/// the caller's cancellation.
final class Work: Sendable {
    typealias Continuation = CheckedContinuation<[Rows], any Error>

    private enum State {
        case new
        case waiting(Continuation)
        case settled
    }

    let segment: Segment
    /// The leased connection that it must run on, if any.
    let lease: Int?
    /// `nil`: none, as for what runs on a leased connection.
    let deadline: ContinuousClock.Instant?
    /// When a server that is well would have answered, whoever waits for it.
    let end: ContinuousClock.Instant?
    /// What it means for this work when its connection ends before the answer.
    let lossCode: PostgresError.Code
    private let state = Mutex(State.new)
    private let wasOvertaken = Atomic(false)

    init(
        _ segment: Segment,
        lease: Int? = nil,
        deadline: ContinuousClock.Instant?,
        end: ContinuousClock.Instant? = nil,
        lossCode: PostgresError.Code? = nil
    ) {
        self.lossCode = lossCode ?? (segment.isReadOnly ? .connectionLost : .unknownOutcome)
        self.segment = segment
        self.lease = lease
        self.deadline = deadline
        self.end = end ?? deadline
    }

    /// Whether nobody waits for it any more.
    var isSettled: Bool {
        state.withLock { if case .settled = $0 { true } else { false } }
    }

    /// Whether its deadline has passed.
    func isOverdue(_ now: ContinuousClock.Instant) -> Bool { deadline.map { $0 < now } ?? false }

    /// Whether it should have been answered so long ago.
    func isUnanswered(_ now: ContinuousClock.Instant, for grace: Duration) -> Bool {
        end.map { $0 + grace < now } ?? false
    }

    /// Whether it has never been asked again, behind another's slow segment; from now on it has.
    func isFirstOvertaking() -> Bool { !wasOvertaken.exchange(true, ordering: .relaxed) }

    /// Suspends the caller until the work is settled.
    func value(submit: (Work) -> Bool) async throws -> [Rows] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isNew = state.withLock { state in
                    guard case .new = state else { return false }
                    state = .waiting(continuation)
                    return true
                }
                guard isNew else { return continuation.resume(throwing: CancellationError()) }
                if !submit(self) { fail(PostgresError(.closed, "the client is shut down")) }
            }
        } onCancel: {
            settle()?.resume(throwing: CancellationError())
        }
    }

    func succeed(_ rows: [Rows]) { settle()?.resume(returning: rows) }
    func fail(_ error: any Error) { settle()?.resume(throwing: error) }

    private func settle() -> Continuation? {
        state.withLock { state in
            defer { state = .settled }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
    }
}
