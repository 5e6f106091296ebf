import Synchronization

/// Whether the database answers, asked for many: one question is under way at a time, and its answer is good for a second.
/// Anybody may ask for it, as often as they like.
final class Readiness: Sendable {
    private struct Question {
        let number: Int
        let task: Task<Void, any Error>
        var answered: ContinuousClock.Instant?
    }

    /// How long an answer is good.
    private static let validity = Duration.seconds(1)

    private let last = Mutex<Question?>(nil)
    private let ask: @Sendable () async throws -> Void

    init(_ ask: @escaping @Sendable () async throws -> Void) { self.ask = ask }

    /// - Throws: why it is not ready.
    func check() async throws { try await question(.now).value }

    private func question(_ now: ContinuousClock.Instant) -> Task<Void, any Error> {
        last.withLock { last in
            if let last, last.answered.map({ now - $0 < Self.validity }) ?? true { return last.task }
            let number = (last?.number ?? 0) + 1
            let task = Task {
                defer { note(number) }
                try await ask()
            }
            last = Question(number: number, task: task)
            return task
        }
    }

    private func note(_ number: Int) {
        last.withLock { last in
            if last?.number == number { last?.answered = .now }
        }
    }
}
