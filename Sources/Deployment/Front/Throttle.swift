/// Makes one act of many wishes: the first is done at once, those within the pause after it are done together, and only
/// the last of them counts.
actor Throttle<Value: Sendable> {
    private let pause: Duration
    private let act: @Sendable (Value) async throws -> Void
    /// How many wishes there were: by it a test knows that one has come.
    private(set) var submitted = 0
    private var latest: Value?
    private var running: Task<Void, any Error>?
    private var queued: Task<Void, any Error>?
    private var notBefore = ContinuousClock.now

    init(_ pause: Duration = .milliseconds(200), act: @escaping @Sendable (Value) async throws -> Void) {
        self.pause = pause
        self.act = act
    }

    /// Returns when this value, or a later one, has been acted on.
    func submit(_ value: Value) async throws {
        submitted += 1
        latest = value
        let task: Task<Void, any Error>
        if let queued {
            task = queued
        } else {
            let before = running
            task = Task {
                _ = await before?.result
                try await self.perform()
            }
            queued = task
        }
        try await task.value
    }

    private func perform() async throws {
        try await Task.sleep(until: notBefore, clock: .continuous)
        running = queued
        queued = nil
        guard let value = latest else { return }
        latest = nil
        defer { notBefore = .now + pause }
        try await act(value)
    }
}
