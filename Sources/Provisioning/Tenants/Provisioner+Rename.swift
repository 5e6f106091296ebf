import Postgres
import Tenancy

extension Provisioner {
    /// Gives a tenant in a schema of this database another name, and its schema too, in one transaction: it has the old
    /// name or the new one, whatever kills this. Its domains, tokens and role stay: the role's name is nobody's but its
    /// own, and a server that has not heard of the new name yet goes on entering by it.
    /// - Throws: ``ProvisioningError``.
    func rename(_ name: TenantName, to new: TenantName) async throws {
        do {
            try await client.withTransaction { try await rename(name, to: new, $0) }
        } catch let error as PostgresError {
            throw try Self.explainRename(error, name, to: new)
        }
    }

    private func rename(_ name: TenantName, to new: TenantName, _ connection: PostgresConnection) async throws {
        _ = try await connection.run([
            "set local lock_timeout = '10s'",
            AdvisoryLock.create(new).wait,
            AdvisoryLock.migrate(name).wait,
            // Whoever works inside of it by its name is waited for.
            "select from polls_control.tenant where name = \(name.rawValue) for update",
        ])
        let tenant = try await record(name, connection)
        guard !tenant.isMoving else { throw ProvisioningError.moveUnderWay(of: name) }
        guard tenant.state == .active || tenant.state == .suspended else {
            throw ProvisioningError.unfinished(name, tenant.state.rawValue)
        }
        guard tenant.level == .schema else {
            throw Self.cannotRename(
                name,
                "it lives at the level \(tenant.level.rawValue), where a registry of its own has its name",
                "Move it to a schema first: move \(name) --to schema --keep 0s. It can be moved back afterwards."
            )
        }
        let (schema, copy) = try await connection.query(
            """
            select (select nspname::text from pg_catalog.pg_namespace where oid = \(tenant.schemaOID)),
                (select level || coalesce('@' || server_name, '') from polls_control.home
                where tenant_id = \(tenant.id) order by id limit 1)
            """
        ).decodeOne(String?.self, String?.self)
        if let copy {
            throw Self.cannotRename(
                name,
                "an old copy of it is at \(copy), under this name",
                "Remove the copy first: move \(name) --sweep. The move can then not be undone."
            )
        }
        guard let schema else { throw ProvisioningError.schemaMissing(of: name) }
        _ = try await connection.query(
            """
            update polls_control.tenant set name = \(new.rawValue), schema_name = \(new.rawValue)
            where id = \(tenant.id)
            """
        )
        // Somebody may have been here before, by hand.
        guard schema != new.rawValue else { return }
        let (from, to) = (try Identifier(schema), try Identifier(new.rawValue))
        _ = try await connection.query("alter schema \(from) rename to \(to)")
    }

    private static func cannotRename(_ name: TenantName, _ what: String, _ remedy: String) -> ProvisioningError {
        ProvisioningError(.wrongState, "\(name) cannot be renamed: \(what)", next: remedy)
    }

    private static func explainRename(
        _ error: PostgresError,
        _ name: TenantName,
        to new: TenantName
    ) throws -> ProvisioningError {
        switch (error.sqlState, error.constraint) {
        case (.uniqueViolation?, "tenant_name_key"?):
            ProvisioningError(
                .tenantExists,
                "the tenant \(new) exists. Nothing was changed",
                next: "Choose another name, or look at it with show.",
                cause: error
            )
        case (.duplicateSchema?, _), (.uniqueViolation?, "pg_namespace_nspname_index"?):
            ProvisioningError(
                .schemaTaken,
                "a schema \(new) is there, and it is no tenant's. Nothing was changed",
                next: "Choose another name, or rename the schema: alter schema \(try Identifier(new.rawValue).quoted) "
                    + "rename to …;",
                cause: error
            )
        default:
            ProvisioningError.explain(error, doing: "renaming \(name)", changed: "Nothing was changed")
        }
    }
}
