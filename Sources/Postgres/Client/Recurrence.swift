/// Tells whether what happens again and again is worth a line of the log: at first, when its reason is another one, and
/// then every few seconds.
public struct Recurrence: Sendable {
    private let pause: Duration
    private var last: (reason: String, at: ContinuousClock.Instant)?

    public init(pause: Duration = .seconds(10)) { self.pause = pause }

    /// Whether to say it now.
    public mutating func isWorthSaying(_ reason: String, at now: ContinuousClock.Instant = .now) -> Bool {
        if let last, last.reason == reason, now - last.at < pause { return false }
        last = (reason, now)
        return true
    }

    /// It is over: the next one is the first again.
    public mutating func end() { last = nil }
}
