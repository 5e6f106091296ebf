import FoundationEssentials
import Postgres
import Tenancy

/// A tenant as the registry has it.
public struct TenantRecord: Sendable {
    public let id: UUID
    public let name: TenantName
    public let schema: String
    /// Oid of its schema, in the database that it lives in; 0 while it is being made.
    let schemaOID: UInt32
    /// `nil` in a registry without tenant roles.
    public let role: String?
    public let level: Tenant.Level
    public let state: Tenant.State
    public let schemaVersion: Int32
    /// What the product keeps for it.
    public let settings: JSONText
    public let createdAt: Timestamp
    public let domains: [String]
    /// Number of its home; `nil`: a schema of the control database.
    public let homeID: Int64?
    /// A move of it is not finished. An active tenant is in the state `moving` then; a suspended one stays that.
    public let isMoving: Bool
    /// The server that its home is on, where that is not the control database's or a container's own.
    public let server: String?

    init(_ row: Row) throws {
        id = try row.decode(UUID.self, at: 0)
        name = try TenantName(stored: row.decode(String.self, at: 1))
        schema = try row.decode(String.self, at: 2)
        role = try row.decode(String?.self, at: 3)
        let (level, state) = (try row.decode(String.self, at: 4), try row.decode(String.self, at: 5))
        guard let level = Tenant.Level(rawValue: level), let state = Tenant.State(rawValue: state) else {
            throw PostgresError(
                .decoding,
                "the registry has a tenant of a level or state that this version does not know"
            )
        }
        self.level = level
        self.state = state
        schemaVersion = try row.decode(Int32.self, at: 6)
        settings = try row.decode(JSONText.self, at: 7)
        createdAt = try row.decode(Timestamp.self, at: 8)
        domains = try row.decode([String].self, at: 9)
        homeID = try row.decode(Int64?.self, at: 10)
        server = try row.decode(String?.self, at: 11)
        isMoving = try row.decode(Bool.self, at: 12)
        schemaOID = try row.decode(UInt32.self, at: 13)
    }
}

extension TenantName {
    /// A name from the registry, which only ever took valid ones.
    init(stored text: String) throws(PostgresError) {
        do {
            try self.init(text)
        } catch {
            throw PostgresError(.decoding, "the registry holds a name that is none: \(error)")
        }
    }
}
