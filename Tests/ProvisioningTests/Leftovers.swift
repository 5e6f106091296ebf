import Postgres
import TestSupport

/// What a database holds of a tenant.
struct Leftovers: Equatable {
    let rows: Int64
    let schemas: Int64
    let roles: Int64

    static let none = Leftovers(rows: 0, schemas: 0, roles: 0)
    static let whole = Leftovers(rows: 1, schemas: 1, roles: 1)

    /// - Parameter name: unique among the tenants of all tests: roles are the whole cluster's.
    init(of name: String, in client: PostgresClient) async throws {
        (rows, schemas, roles) = try await client.query(
            """
            select (select count(*) from polls_control.tenant where name = \(name)),
                (select count(*) from pg_namespace where nspname = \(name)),
                (select count(*) from pg_roles where rolname ~ ('^tenant_' || \(name) || '_[0-9a-f]{8}$'))
            """
        ).decodeOne(Int64.self, Int64.self, Int64.self)
    }
}

extension Leftovers {
    private init(rows: Int64, schemas: Int64, roles: Int64) {
        self.rows = rows
        self.schemas = schemas
        self.roles = roles
    }
}
