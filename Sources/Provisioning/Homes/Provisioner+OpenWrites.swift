import Postgres
import Tenancy

/// In the registry of a home: what makes a fenced one take writes.
extension Provisioner {
    /// Gives a tenant the right to write, and tells the home's own server so.
    func openWrites(of tenant: TenantName, schema: Identifier, grantee: Identifier) async throws {
        try await change(tenant, "opening the home of") { connection in
            try await Self.grant(schema, to: grantee, connection)
            _ = try await connection.query(
                """
                update polls_control.tenant set state = case state when 'moving' then 'active' else state end,
                    writes_paused = false
                where name = \(tenant.rawValue)
                """
            )
        }
    }

    /// Opens a home whose maker was killed before it did. Not for one that a move leads to or from.
    func openIfClosed(_ tenant: TenantName) async throws {
        let found = try await withConnection("looking at the home of \(tenant)") { connection in
            try await connection.query(
                "select role_name from polls_control.tenant where name = \(tenant.rawValue) and state = 'moving'"
            ).decodeOptional(String?.self)
        }
        guard let role = found else { return }
        let (schema, grantee) = (try Identifier(tenant.rawValue), try grantee(role: role))
        try await openWrites(of: tenant, schema: schema, grantee: grantee)
    }
}
