/// As many tenants with a PostgreSQL and a server each, started by a plain shell script behind an nginx of its own.
struct ByHandFigures: Codable, Equatable, Sendable {
    let tenants: Int
    /// Seconds, the median.
    let create: Double
    /// Bytes a tenant, beyond nginx with none.
    let memoryPerTenant: Double
}

/// nginx before the shared server, asked for the empty handler, for a list of questions, and for an empty list.
struct FrontFigures: Codable, Equatable, Sendable {
    let emptyHandler: Traffic
    let questions: Traffic
    let emptyList: Traffic
}

/// One tenant moved under a writer.
struct MoveFigures: Codable, Equatable, Sendable {
    let from: Level
    let to: Level
    /// Rows in `vote` before the move.
    let votes: Int
    /// Asked for.
    let writesPerSecond: Int
    /// Milliseconds for which writers waited, as the move reports it.
    let pause: Double
    /// Seconds of the whole move.
    let seconds: Double
    /// Votes that were acknowledged while it ran.
    let acknowledged: Int
    /// Acknowledged votes that were not found afterwards.
    let lost: Int
    /// Votes that were counted more than once.
    let doubled: Int
}
