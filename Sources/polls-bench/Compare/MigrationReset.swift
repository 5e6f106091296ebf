import FoundationEssentials
import Migrations

/// Puts tenants back to before their last migration, so that there is something to migrate: their tables are dropped, the
/// migrations before the last are run, and registry and ledger say so. Their rows are lost.
struct MigrationReset: Sendable {
    let site: Site

    func run(_ tenants: [String]) async throws {
        for tenant in tenants {
            let file = "\(site.folder)/\(tenant).reset.sql"
            try Data(Self.script(tenant, migrations: EmbeddedMigrations.tenant).utf8).write(to: URL(filePath: file))
            try await site.admin.psql(tenant, file: file)
        }
        // What the control registry remembers of homes elsewhere; for schemas it was done just now.
        let version = EmbeddedMigrations.tenant.count - 1
        try await site.execute("update polls_control.tenant set schema_version = \(unsafeRaw: "\(version)")")
    }

    /// For psql, which is in the tenant's schema, as the operator's login.
    static func script(_ tenant: String, migrations: [(file: String, bytes: [UInt8])]) -> String {
        let earlier = migrations.sorted { $0.file < $1.file }.dropLast().map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
        return """
            set role none;
            begin;
            select format('drop table %I.%I cascade', schemaname, tablename)
              from pg_catalog.pg_tables where schemaname = current_schema \\gexec
            \(earlier.joined(separator: "\n"))
            delete from polls_control.tenant_migration where version >= \(migrations.count)
              and tenant_id = (select id from polls_control.tenant where name = '\(tenant)');
            update polls_control.tenant set schema_version = \(migrations.count - 1) where name = '\(tenant)';
            commit;

            """
    }
}
