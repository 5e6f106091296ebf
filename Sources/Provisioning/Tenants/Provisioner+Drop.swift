import FoundationEssentials
import Postgres
import Tenancy

extension Provisioner {
    /// Drops a tenant of this database for ever. It is marked first, and never served again; after a failure or a kill,
    /// running it again finishes the job.
    /// - Returns: whether there was a schema to drop: an earlier hand may have taken it away.
    @discardableResult
    public func drop(_ name: TenantName) async throws -> Bool {
        let tenant = try await record(name)
        guard tenant.homeID == nil, tenant.level == .schema else {
            throw ProvisioningError(
                .wrongState,
                "the tenant \(name) lives at the level \(tenant.level.rawValue), not in a schema of this database",
                next: "Drop it with the fleet's registry."
            )
        }
        return try await erase(try await mark(name), withSchema: true)
    }

    /// Takes a tenant out of service for good, in a transaction of its own.
    func mark(_ name: TenantName) async throws -> TenantRecord {
        try await change(name, "dropping") { connection in
            let tenant = try await record(name, connection)
            _ = try await connection.query(
                "update polls_control.tenant set state = 'dropping', writes_paused = false where id = \(tenant.id)"
            )
            return tenant
        }
    }

    /// Drops a tenant's schema and role in this database, if it has them, and its row, in one transaction.
    /// - Returns: whether there was a schema.
    func erase(_ tenant: TenantRecord, withSchema: Bool) async throws -> Bool {
        try await change(tenant.name, "dropping") { connection in
            let answers = try await connection.run([
                "set local lock_timeout = '10s'",
                """
                select (select nspname::text from pg_namespace where oid = schema_oid),
                    exists (select from pg_roles where rolname = role_name)
                from polls_control.tenant where id = \(tenant.id) for update
                """,
            ])
            guard let (found, hasRole) = try answers[1].decodeOptional(String?.self, Bool.self) else {
                throw ProvisioningError.noSuchTenant(tenant.name)
            }
            // By its oid: another schema that has got the name since is not the tenant's.
            let schema = withSchema ? found : nil
            var statements: [SQL] = []
            if let schema { statements.append("drop schema \(try Identifier(schema)) cascade") }
            if let role = tenant.role, hasRole, withSchema { statements.append("drop role \(try Identifier(role))") }
            statements.append("delete from polls_control.tenant where id = \(tenant.id)")
            _ = try await connection.run(statements)
            return schema != nil
        }
    }
}
