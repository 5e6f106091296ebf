import Migrations
import Postgres
import Provisioning
import TestSupport
import Testing

/// A registry of an older program, with tenants in it.
@Suite struct RegistryUpgradeTests {
    @Test func tenantsOfTheFirstVersionAreStillThere() async throws {
        try await TestDatabase.with { configuration in
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let all = try Migration.load(EmbeddedMigrations.control)
                // As the first version has made it, without what only a newer program knows.
                _ = try await client.withConnection {
                    try await $0.execute(
                        script: "\(unsafeRaw: String(decoding: EmbeddedMigrations.control[0].bytes, as: UTF8.self))"
                    )
                }
                let login = TestRegistry.uniqueLogin()
                _ = try await client.withConnection { connection in
                    try await connection.run([
                        """
                        insert into polls_control.control_migration (version, name, checksum)
                        values (1, \(all[0].file), \(all[0].checksum))
                        """,
                        "insert into polls_control.setting (tenant_roles, app_login) values (true, \(login))",
                        "insert into polls_control.tenant (name, schema_name) values ('potter', 'potter')",
                    ])
                }
                let installer = RegistryInstaller(client: client, migrations: all, logger: TestDatabase.logger)
                #expect(try await installer.install().applied == all.dropFirst().map(\.file))
                #expect(try await installer.install().applied.isEmpty)
                let (level, home, isPaused) = try await client.query(
                    "select level, home_id, writes_paused from polls_control.tenant where name = 'potter'"
                ).decodeOne(String.self, Int64?.self, Bool.self)
                #expect(level == "schema" && home == nil && !isPaused)
                try await TestRegistry.dropRoles(client)
            }
        }
    }
}
