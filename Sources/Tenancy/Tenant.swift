import FoundationEssentials
import Postgres

/// A tenant as the registry has it: what a request needs to run in the tenant's schema.
public struct Tenant: Sendable, Hashable, Identifiable {
    /// Where a tenant is in its life; only an active or moving one is served.
    public enum State: String, Sendable {
        case creating, active, suspended, moving, dropping
    }

    /// How far a tenant is set apart from the others.
    public enum Level: String, Sendable {
        case schema, database, container
    }

    public let id: UUID
    /// Its number in the registry, never used again: what prepared statements and caches are kept apart by.
    public let number: Int64
    public let name: String
    /// Oid of its schema: a dropped schema has none, whatever comes later under the same name.
    public let schemaOID: UInt32
    /// Its NOLOGIN role; `nil` in a registry without tenant roles.
    public let role: String?
    public let level: Level
    public let state: State
    /// The newest migration in its schema.
    public let schemaVersion: Int32
    /// The product's settings of this tenant, a JSON object.
    public let settings: String
    /// Hosts of its own, besides `name.base`.
    public let domains: [String]
    /// The database of its own; `nil`: it is in a schema of the control database, or a container serves it.
    public let home: TenantHome?
    /// A move is about to switch: who writes waits.
    public let pausesWrites: Bool

    public init(
        id: UUID,
        number: Int64,
        name: String,
        schemaOID: UInt32,
        role: String?,
        level: Level = .schema,
        state: State = .active,
        schemaVersion: Int32,
        settings: String = "{}",
        domains: [String] = [],
        home: TenantHome? = nil,
        pausesWrites: Bool = false
    ) {
        self.id = id
        self.number = number
        self.name = name
        self.schemaOID = schemaOID
        self.role = role
        self.level = level
        self.state = state
        self.schemaVersion = schemaVersion
        self.settings = settings
        self.domains = domains
        self.home = home
        self.pausesWrites = pausesWrites
    }
}
