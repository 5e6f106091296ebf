/// What so many tenants of one level came to, in a deployment of their own.
struct LevelPoint: Codable, Equatable, Sendable {
    let level: Level
    let tenants: Int
    /// Seconds from the start of polls-admin to the first answer through nginx, for each tenant.
    var createSeconds: [Double]
    /// The deployment with no tenant.
    var base: Footprint
    /// The deployment with all of them, each asked a few times.
    var full: Footprint
    var uniform: Traffic
    var skewed: Traffic
    /// For all of them. `nil`: not measured.
    var migrateSeconds: Double?
    var killed: KilledDatabase?
    var overloaded: OverloadedTenant?

    /// Seconds, the median.
    var create: Double { median(createSeconds) }
    /// Bytes a tenant beyond the base; never less than nothing.
    var memoryPerTenant: Double { perTenant(\.memory) }
    var diskPerTenant: Double { perTenant(\.disk) }

    private func perTenant(_ path: KeyPath<Footprint, Int>) -> Double {
        max(0, Double(full[keyPath: path] - base[keyPath: path]) / Double(tenants))
    }
}
