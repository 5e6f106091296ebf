/// A process of one tenant's PostgreSQL was killed with SIGKILL, so that PostgreSQL ended every session and recovered,
/// while all tenants were asked at a low steady rate.
struct KilledDatabase: Codable, Equatable, Sendable {
    let others: Aftermath
    /// At the tenant itself.
    let own: Aftermath

    /// What requests after the kill came to.
    struct Aftermath: Codable, Equatable, Sendable {
        let asked: Int
        let failed: Int
        /// Seconds from the kill to the last failure; 0 when there was none.
        let lastFailure: Double
        /// Milliseconds.
        let slowest: Double

        /// Seconds for which it was noticed: until the last failure, or for the slowest answer.
        var noticed: Double { max(lastFailure, slowest / 1000) }
    }
}

/// One tenant was asked by wrk with 64 connections, while all others were asked at a low steady rate.
struct OverloadedTenant: Codable, Equatable, Sendable {
    let asked: Int
    let failed: Int
    /// Milliseconds at the others before the load, the 99th percentile.
    let quietP99: Double
    /// Milliseconds at the others under it.
    let p99: Double

    var ratio: Double { p99 / quietP99 }
}
