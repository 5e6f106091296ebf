import Synchronization

/// Somebody who waits, once, until somebody else says so. Whoever says it first, wins; saying it before is not lost.
final class Turn: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Void, Never>)
        case over
    }

    private let state = Mutex(State.new)

    /// Suspends until ``resume()``, or until the caller is cancelled.
    func value() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard case .new = state else { return true }
                    state = .waiting(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            resume()
        }
    }

    /// The same, up to a deadline. False when that has passed.
    func value(until deadline: ContinuousClock.Instant) async -> Bool {
        let alarm = Task {
            try? await Task.sleep(until: deadline)
            resume()
        }
        await value()
        alarm.cancel()
        return ContinuousClock.now < deadline
    }

    func resume() {
        let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
            defer { state = .over }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume()
    }
}
