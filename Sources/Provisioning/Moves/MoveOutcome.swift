import Tenancy

/// What a move came to.
public struct MoveOutcome: Sendable {
    public let name: TenantName
    public let from: Destination
    public let to: Destination
    public let method: MovePlan.Method
    /// Rows that were held against each other, each table's checksum included.
    public let rows: Int64
    /// How long writers waited. `nil`: the move was killed after it had switched, and nobody knows.
    public let pause: Pause?
    /// Until when the old copy is kept, in seconds from now.
    public let keepSeconds: Int64

    /// The time in which the tenant took no writes, and what it was made of.
    public struct Pause: Sendable {
        public internal(set) var phases: [(name: String, duration: Duration)] = []

        public var total: Duration { phases.reduce(.zero) { $0 + $1.duration } }
    }
}

/// How far a move is, for whoever watches.
public struct MoveProgress: Sendable, CustomStringConvertible {
    public let description: String
}

/// Measures what a pause is made of.
struct PauseClock {
    private(set) var pause = MoveOutcome.Pause()
    private var last = ContinuousClock.now

    mutating func mark(_ name: String) {
        let now = ContinuousClock.now
        pause.phases.append((name, now - last))
        last = now
    }
}
