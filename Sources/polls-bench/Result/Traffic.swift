/// What came back under load, through nginx. Medians of the rounds.
struct Traffic: Codable, Equatable, Sendable {
    let requestsPerSecond: Double
    /// Milliseconds.
    let p50: Double
    /// Milliseconds.
    let p99: Double
    /// Answers other than 2xx, and errors of connections, of all rounds.
    let failed: Int

    init(requestsPerSecond: Double, p50: Double, p99: Double, failed: Int) {
        self.requestsPerSecond = requestsPerSecond
        self.p50 = p50
        self.p99 = p99
        self.failed = failed
    }

    init(_ rounds: [Load.Result]) {
        self.init(
            requestsPerSecond: median(rounds.map(\.requestsPerSecond)),
            p50: median(rounds.map(\.p50)),
            p99: median(rounds.map(\.p99)),
            failed: rounds.map(\.failed).reduce(0, +)
        )
    }
}
