import Tenancy

/// What a run over the fleet came to.
public struct MigrationRun: Sendable {
    /// Number of the run in the registry; `nil` when there was nothing to do.
    public let id: Int64?
    public internal(set) var migrated: [MigratedTenant] = []
    public internal(set) var failed: [(tenant: TenantName, error: any Error)] = []
    /// How many were not taken up, or not again, since others had failed.
    public internal(set) var left = 0
}

/// A tenant, and the versions between which it went.
public struct MigratedTenant: Sendable, Equatable {
    public let name: TenantName
    public let from: Int32
    public let to: Int32
}

/// How a run over the fleet goes.
public struct MigrationOptions: Sendable {
    /// Only these tenants. `nil`: all.
    public var tenants: [TenantName]?
    /// How many are migrated at once, each on a connection of its own.
    public var width = 2
    /// How many of them, by name, go before the others, which follow only when none of these has failed. `nil`: none.
    public var canary: Int?
    /// After so many failures no further tenant is taken up. `nil`: however many there are.
    public var stopAfter: Int?
    /// How long a migration waits for a lock, before others' requests wait behind it for too long.
    public var lockTimeout: Duration = .seconds(2)

    public init(tenants: [TenantName]? = nil) { self.tenants = tenants }
}
