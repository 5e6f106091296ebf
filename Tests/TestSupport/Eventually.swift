/// Asks until the answer is yes, for at most two minutes: far longer than anything here takes, so that only what never
/// comes is missed, however slow the machine.
/// - Returns: whether it came.
public func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(120)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { return false }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return true
}
