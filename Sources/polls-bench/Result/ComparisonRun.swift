/// How a comparison was made.
struct ComparisonRun: Codable, Equatable, Sendable {
    /// When it began: ISO 8601, UTC.
    let date: String
    /// The levels, and the numbers of tenants, that it was asked for.
    let levels: [Level]
    let counts: [Int]
    /// Tenants made by hand. `nil`: no references were asked for.
    let byHandTenants: Int?
    /// Of each measurement under load.
    let seconds: Int
    /// Measurements under load are repeated so often; medians count.
    let rounds: Int
    /// Of the order in which tenants are asked.
    let seed: UInt64
    /// What the container level ran on.
    let runtime: Runtime
    /// Why that one.
    let runtimeReason: String
    /// Which programs were measured: `release` or `debug`.
    let build: String

    /// What it was asked for, in the order in which it is measured.
    var parts: [ComparisonPart] {
        ComparisonPart.all(levels: levels, counts: counts, byHandTenants: byHandTenants)
    }

    /// What the container level runs on.
    enum Runtime: String, Codable, Sendable {
        case docker
        case process

        var meaning: String { self == .docker ? "containers of a Docker engine" : "processes of this machine" }
    }
}
