import Postgres
import Tenancy

extension Fleet {
    /// Brings tenants to the product's version, wherever they live. A home that does not answer fails only itself,
    /// unless the options say that others wait for it.
    /// - Parameter report: called for each as it is done with, one call at a time.
    /// - Throws: ``ProvisioningError`` when the run could not begin, or not be written down.
    public func migrate(
        _ options: MigrationOptions = MigrationOptions(),
        report: (TenantName, Result<MigratedTenant, any Error>) throws -> Void = { _, _ in }
    ) async throws -> MigrationRun {
        let atHome = Set(try await control.list().filter { $0.homeID != nil }.map(\.name))
        return try await control.migrate(
            options,
            each: { name in
                guard atHome.contains(name) else { return try await control.migrate(name, options) }
                return try await migrateHome(of: name, options)
            },
            report
        )
    }

    /// One tenant in its home's registry; then the control registry's copy of its version.
    private func migrateHome(of name: TenantName, _ options: MigrationOptions) async throws -> MigratedTenant {
        let tenant = try await control.record(name)
        guard !tenant.isMoving else { throw ProvisioningError.moveUnderWay(of: name) }
        let migrated = try await withHome(of: tenant) { try await $0.provisioner.migrate(name, options) }
        try await control.change(name, "migrating") { connection in
            _ = try await connection.query(
                """
                update polls_control.tenant set schema_version = \(migrated.to)
                where id = \(tenant.id) and home_id = \(tenant.homeID)
                """
            )
        }
        return migrated
    }
}
