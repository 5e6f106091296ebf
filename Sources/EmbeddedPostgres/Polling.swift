/// Asks again and again until the answer is yes. `false`: not within `limit`.
package func poll(
    every pause: Duration = .milliseconds(10),
    atMost limit: Duration,
    until condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { return false }
        try await Task.sleep(for: pause)
    }
    return true
}
