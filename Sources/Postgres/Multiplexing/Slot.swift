/// The place of one shared connection, whichever connection holds it at the moment.
struct Slot {
    var channel: Channel?
    /// Replaced connections that still owe answers.
    var draining: [Channel] = []
    var isConnecting = false
    var backoff = Backoff()
    /// No attempt to connect before then.
    var retryAt: ContinuousClock.Instant?

    /// Segments behind a server that has been busy for so long belong elsewhere.
    static let stallLimit: Duration = .milliseconds(20)
    /// Segments that one connection takes before it answers.
    static let depth = 32

    /// The connection, if a segment may be sent on it now.
    func open(now: ContinuousClock.Instant) -> Channel? { isOpen(now: now) ? channel : nil }

    /// Whether a segment may be sent on it now.
    func isOpen(now: ContinuousClock.Instant) -> Bool {
        guard let channel, channel.inFlight < Self.depth else { return false }
        return !isStalled(now: now)
    }

    /// Whether the server has been busy with one segment for too long.
    func isStalled(now: ContinuousClock.Instant) -> Bool {
        guard let busySince = channel?.busySince else { return false }
        return now - busySince >= Self.stallLimit
    }
}

/// Waits between attempts: doubling from 50 ms to 2 s, each drawn at random from its upper half, so that the many
/// clients of a restarted server do not return at once.
struct Backoff {
    private var failures = 0

    static let first: Duration = .milliseconds(50)
    static let longest: Duration = .seconds(2)

    mutating func succeeded() { failures = 0 }

    mutating func failed(using random: inout some RandomNumberGenerator) -> Duration {
        let full = min(Self.longest, Self.first * (1 << min(failures, 10)))
        failures += 1
        return full * Double.random(in: 0.5...1, using: &random)
    }
}
