import FoundationEssentials
import Postgres
import Tenancy

/// A place made for one tenant: a database or container of its own, or a schema that is being made or kept.
public struct Home: Sendable {
    /// Where a home is in its life.
    public enum State: String, Sendable {
        case making, live, kept
    }

    public let id: Int64
    public let level: Tenant.Level
    public let state: State
    /// `nil`: the control database's server, or a container's own.
    public let server: String?
    /// `nil`: the control database.
    public let database: String?
    public let schemaOID: UInt32
    /// `nil` without tenant roles.
    public let role: String?

    init(_ row: Row) throws {
        let (id, level, state, server, database, oid, role) = try row.decode(
            Int64.self,
            String.self,
            String.self,
            String?.self,
            String?.self,
            UInt32.self,
            String?.self
        )
        guard let level = Tenant.Level(rawValue: level), let state = State(rawValue: state) else {
            throw PostgresError(
                .decoding,
                "the registry has a home of a level or state that this version does not know"
            )
        }
        self.id = id
        self.level = level
        self.state = state
        self.server = server
        self.database = database
        schemaOID = oid
        self.role = role
    }

    /// How people are told where it is.
    public var place: String { Destination(level: level, server: server).description }
}

extension Home {
    /// One home.
    static func read(_ id: Int64, _ connection: PostgresConnection) async throws -> Home? {
        try await connection.query(
            """
            select id, level, state, server_name, database_name, schema_oid, role_name
            from polls_control.home where id = \(id)
            """
        ).first.map { try Home($0) }
    }

    /// Every home of a tenant, the oldest first.
    static func all(of tenant: UUID, _ connection: PostgresConnection) async throws -> [Home] {
        try await connection.query(
            """
            select id, level, state, server_name, database_name, schema_oid, role_name
            from polls_control.home where tenant_id = \(tenant) order by id
            """
        ).map { try Home($0) }
    }
}
