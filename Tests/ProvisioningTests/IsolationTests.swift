import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// What SQL can do that runs as a tenant, as if an attacker had written it.
@Suite struct IsolationTests {
    /// Runs statements as the first of two tenants; the second's name and role are for the attack.
    private func attack(
        _ statements: @Sendable (_ victim: Identifier, _ role: String) -> [SQL]
    ) async throws -> Result<[Rows], any Error> {
        try await TestRegistry.with { registry in
            let (attacker, victim) = (try uniqueName("a"), try uniqueName("b"))
            for name in [attacker, victim] {
                _ = try await registry.provisioner.create(NewTenant(name: name))
                _ = try await registry.provisioner.run(
                    "insert into question (question) values ('of \(name)')",
                    in: name
                )
            }
            let role = try await registry.client.query(
                "select role_name from polls_control.tenant where name = \(victim.rawValue)"
            ).decodeOne(String.self)
            let (oid, own) = try await registry.client.query(
                "select schema_oid, role_name from polls_control.tenant where name = \(attacker.rawValue)"
            ).decodeOne(UInt32.self, String.self)
            let attack = statements(try Identifier(victim.rawValue), role)
            return try await PostgresClient.withClient(registry.appConfiguration, logger: TestDatabase.logger) { app in
                do {
                    return .success(
                        try await app.run(
                            Segment(preamble: TenantSession.enter(schemaOID: oid, role: own), statements: attack)
                        )
                    )
                } catch { return .failure(error) }
            }
        }
    }

    private func refused(_ result: Result<[Rows], any Error>) -> String? {
        guard case .failure(let error as PostgresError) = result else { return nil }
        return error.sqlState?.rawValue
    }

    @Test func aTenantReadsItsOwn() async throws {
        let rows = try await attack { _, _ in ["select question from question"] }.get()
        #expect(try rows[0].decodeOne(String.self).hasPrefix("of a"))
    }

    @Test(arguments: [
        "select * from %victim%.question",
        "select set_config('role', '%role%', true)",
        "select query_to_xml('select * from %victim%.question', true, true, '')",
        "select query_to_xml('select set_config(''role'', ''%role%'', true)', true, true, '')",
        "update pg_settings set setting = '%role%' where name = 'role'",
        "select * from ts_stat('select to_tsvector(question) from %victim%.question')",
        "select table_to_xml('%victim%.question', true, true, '')",
        "create temporary table t (id int)",
        "create table t (id int)",
        "create table public.t (id int)",
        "create schema mine",
        "drop table question",
        "alter table question owner to current_user",
        "do 'begin null; end'",
        "create function pg_temp.f() returns int language sql as 'select 1'",
        "select * from polls_control.tenant",
        "select * from polls_control.setting",
        "delete from polls_control.tenant",
        "select pg_read_file('/etc/passwd')",
        "copy question to program 'cat'",
        "select rolpassword from pg_authid",
        "select lo_import('/etc/passwd')",
        "grant \"%role%\" to current_user",
        "alter role current_user superuser",
        "comment on table question is 'mine'",
    ])
    func hostileStatementsAreRefused(template: String) async throws {
        let result = try await attack { victim, role in
            ["\(unsafeRaw: template.replacing("%victim%", with: victim.quoted).replacing("%role%", with: role))"]
        }
        #expect(refused(result) == "42501", "\(template): \(result)")
    }

    /// Utility statements cannot hide in another, but a whole statement of the attacker's own could be one.
    @Test func outsideOfItsRoleASegmentReachesNothing() async throws {
        // Without the right to a schema, PostgreSQL does not even look into it.
        for (table, state) in [("question", "42P01"), ("%victim%.question", "42501")] {
            let result = try await attack { victim, _ in
                ["reset role", "select * from \(unsafeRaw: table.replacing("%victim%", with: victim.quoted))"]
            }
            #expect(refused(result) == state, "\(table): \(result)")
        }
    }

    @Test func theAppsLoginOutsideOfATenantReachesNothing() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            _ = try await registry.provisioner.create(NewTenant(name: name))
            let schema = try Identifier(name.rawValue)
            let statements: [SQL] = [
                "select * from \(schema).question", "create table public.t (id int)", "create schema mine",
                "create temporary table t (id int)", "update polls_control.tenant set state = 'dropping'",
                "select * from polls_control.fleet_run", "create role mine",
            ]
            try await PostgresClient.withClient(registry.appConfiguration, logger: TestDatabase.logger) { app in
                for statement in statements {
                    let error = await #expect(throws: PostgresError.self) { _ = try await app.query(statement) }
                    #expect(error?.sqlState == .insufficientPrivilege, "\(statement.text)")
                }
                // But it finds tenants, and its path is empty.
                let tenants = try await app.query("select name from polls_control.tenant")
                let path = try await app.query("show search_path").decodeOne(String.self)
                #expect(tenants.count == 1)
                #expect(path == #""""#)
            }
        }
    }
}
