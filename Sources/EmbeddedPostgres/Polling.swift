/// Asks until the answer is yes, more often at first. `false`: not within `limit`.
func poll(atMost limit: Duration, until condition: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    var pause = Duration.milliseconds(2)
    while try !condition() {
        guard ContinuousClock.now < deadline else { return false }
        try await Task.sleep(for: pause)
        pause = min(pause * 1.2, .milliseconds(25))
    }
    return true
}

extension Duration {
    fileprivate static func * (duration: Duration, factor: Double) -> Duration {
        .nanoseconds(Int64(Double(duration.components.attoseconds) / 1e9 * factor))
    }
}
