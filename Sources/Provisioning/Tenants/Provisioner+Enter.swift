import Postgres
import Tenancy

/// What an operator's session needs to be inside of a tenant.
public struct TenantEntry: Sendable {
    /// The value of `search_path`: the tenant's schema, quoted, and `pg_temp`.
    public let searchPath: String
    /// The role that owns the tenant's rights: its own, or the app's login.
    public let role: String
}

extension Provisioner {
    /// How to enter a tenant.
    /// - Throws: ``ProvisioningError`` with code `noSuchTenant` or `schemaMissing`.
    public func entry(_ name: TenantName) async throws -> TenantEntry {
        try await read("reading \(name)") { try await entry(name, $0) }
    }

    /// Runs an operator's statements as the tenant, in one transaction.
    /// - Returns: the rows of each statement, their values as text.
    public func run(_ statements: String, in name: TenantName) async throws -> [Rows] {
        try await change(name, "running the statement in") { connection in
            let entry = try await entry(name, connection)
            _ = try await connection.query(
                "select set_config('search_path', \(entry.searchPath), true), set_config('role', \(entry.role), true)"
            )
            return try await connection.execute(script: "\(unsafeRaw: statements)")
        }
    }

    private func entry(_ name: TenantName, _ connection: PostgresConnection) async throws -> TenantEntry {
        let rows = try await connection.query(
            """
            select role_name, (select nspname::text from pg_catalog.pg_namespace where oid = schema_oid),
                coalesce((select pg_has_role(pg_roles.oid, 'member') from pg_roles
                    where rolname = coalesce(role_name, \(registry.appLogin))), false)
            from polls_control.tenant where name = \(name.rawValue)
            """
        )
        guard let (role, schema, isMember) = try rows.decodeOptional(String?.self, String?.self, Bool.self) else {
            throw ProvisioningError.noSuchTenant(name)
        }
        guard let schema else {
            throw ProvisioningError(
                .schemaMissing,
                "the schema of \(name) is gone",
                next: "Restore it, or drop the tenant."
            )
        }
        let own = try Identifier(role ?? registry.appLogin)
        guard isMember else {
            throw ProvisioningError(
                .notPermitted,
                "the operator's login may not act as \(own)",
                next: "Use a superuser, or run: grant \(own.quoted) to current_user;"
            )
        }
        return TenantEntry(searchPath: try Identifier(schema).quoted + ", pg_temp", role: own.name)
    }
}
