import FoundationEssentials
import Postgres
import Tenancy

extension Provisioner {
    /// Drops a tenant for ever: schema, role and registry row, in one transaction.
    /// - Returns: whether there was a schema to drop: an earlier hand may have taken it away.
    @discardableResult
    public func drop(_ name: TenantName) async throws -> Bool {
        try await change(name, "dropping") { connection in
            let answers = try await connection.run([
                "set local lock_timeout = '10s'",
                """
                update polls_control.tenant set state = 'dropping' where name = \(name.rawValue)
                returning id, role_name, level, (select nspname::text from pg_namespace where oid = schema_oid),
                    (select exists (select from pg_roles where rolname = role_name))
                """,
            ])
            guard
                let (id, role, level, schema, hasRole) = try answers[1].decodeOptional(
                    UUID.self,
                    String?.self,
                    String.self,
                    String?.self,
                    Bool.self
                )
            else { throw ProvisioningError.noSuchTenant(name) }
            guard level == "schema" else {
                throw ProvisioningError(
                    .wrongState,
                    "the tenant \(name) lives at the level \(level), not in a schema of this database",
                    next: "Move it back first."
                )
            }
            var statements: [SQL] = []
            // By its oid: another schema that has got the name since is not the tenant's.
            if let schema { statements.append("drop schema \(try Identifier(schema)) cascade") }
            if let role, hasRole { statements.append("drop role \(try Identifier(role))") }
            statements.append("delete from polls_control.tenant where id = \(id)")
            _ = try await connection.run(statements)
            return schema != nil
        }
    }
}
