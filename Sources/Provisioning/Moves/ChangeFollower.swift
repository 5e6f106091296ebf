/// Applies a source's changes to the copy of it, while the source is written to and after.
final class ChangeFollower {
    private let stream: ChangeStream
    private var applier: ChangeApplier
    private var round = 0

    init(_ stream: ChangeStream, target: MoveSite, tables: [TableShape]) {
        self.stream = stream
        applier = ChangeApplier(target: target, tables: tables)
    }

    /// Follows until what is left is small: that is the pause's.
    func catchUp(report: (String) -> Void) async throws {
        for attempt in 1...50 {
            let start = ContinuousClock.now
            let changes = try await applier.apply(try await stream.next())
            round += 1
            report("round \(round): \(changes) changes")
            if changes <= 50, attempt > 1 || .now - start < .milliseconds(100) { return }
        }
    }

    /// Takes all that is left, once nobody writes any more.
    func takeRest() async throws {
        let end = try await stream.end()
        while case let messages = try await stream.next(upTo: end), !messages.isEmpty {
            _ = try await applier.apply(messages)
        }
    }
}
