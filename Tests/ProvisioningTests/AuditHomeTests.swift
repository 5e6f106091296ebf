import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// What an audit finds of databases of tenants' own, and of their servers.
@Suite struct AuditHomeTests {
    /// A tenant in a database on a server of its own, and one that has moved there and left a copy behind.
    private func withAsgard(
        _ body: @escaping @Sendable (AuditSite, SecondServer, TenantName) async throws -> Void
    ) async throws {
        try await SecondServer.with { server in
            let url = await server.connectionString
            try await AuditSite.with { site in
                _ = try await site.fleet.addServer("asgard", url: url)
                let name = try uniqueName()
                _ = try await site.fleet.create(
                    NewTenant(name: name, withToken: false),
                    at: Destination("database@asgard")
                )
                #expect(try await site.codes() == [.homeNotSeen])
                #expect(try await site.fleet.audit(homes: true).findings == [])
                try await body(site, server, name)
                try await site.fleet.drop(name)
            }
        }
    }

    private func database(of name: TenantName, _ site: AuditSite) async throws -> String {
        try await site.registry.client.query(
            """
            select database_name from polls_control.home join polls_control.tenant on tenant.id = tenant_id
            where name = \(name.rawValue)
            """
        ).decodeOne(String.self)
    }

    @Test func aDatabaseThatIsGoneIsFoundAndOneTooMany() async throws {
        try await withAsgard { site, server, name in
            let url = await server.connectionString
            let database = try Identifier(try await database(of: name, site))
            let other = try Identifier("tenant_elsewhere_0123abcd")
            try await TestDatabase.admin(url, "alter database \(database) rename to \(other)")
            let findings = try await site.findings()
            #expect(findings.map(\.code) == [.databaseMissing, .databaseLeftover, .homeNotSeen], "\(findings)")
            #expect(findings.first?.tenant == name.rawValue)
            #expect(findings[1].object == "database \"\(other.name)\" on asgard")
            #expect(try await site.findings(name).map(\.code) == [.databaseMissing, .homeUnreachable])
            try await TestDatabase.admin(url, "alter database \(other) rename to \(database)")
            #expect(try await site.codes() == [.homeNotSeen])
        }
    }

    @Test func aServerThatDoesNotAnswerIsOneFinding() async throws {
        try await withAsgard { site, server, name in
            await server.stop()
            let findings = try await site.findings()
            #expect(findings.map(\.code) == [.serverUnreachable, .homeNotSeen])
            #expect(findings.first?.details == [name.rawValue])
            try await server.start()
            #expect(try await site.codes() == [.homeNotSeen])
        }
    }

    /// What is in a home is looked at when its tenant is named, or all homes are.
    @Test func aHomeIsLookedInto() async throws {
        try await withAsgard { site, _, name in
            try await site.fleet.withHome(of: name) { home in
                try await PostgresClient.withClient(home.configuration, logger: TestDatabase.logger) { client in
                    let schema = try Identifier(name.rawValue)
                    try await client.withConnection { connection in
                        _ = try await connection.execute(script: "drop index \(schema).one_word")
                        _ = try await connection.execute(script: "grant select on \(schema).one to public")
                    }
                }
            }
            #expect(try await site.codes() == [.homeNotSeen])
            let named = try await site.findings(name)
            #expect(named.map(\.code).sorted { $0.rawValue < $1.rawValue } == [.drift, .rightLeaked], "\(named)")
            #expect(named.allSatisfy { $0.tenant == name.rawValue && $0.object.hasSuffix(" in database@asgard") })
            #expect(try await site.fleet.audit(homes: true).findings == named)
            #expect(try await site.findings(site.name) == [])
        }
    }

    /// The old copy of a move may read, and is kept for its time.
    @Test func anOldCopyIsFoundWhenItWritesOrIsOverdue() async throws {
        try await AuditSite.with { site in
            let plan = try await site.fleet.planMove(site.name, to: Destination("database"))
            _ = try await site.fleet.move(plan, keepSeconds: 3600)
            #expect(try await site.fleet.audit(homes: true).findings == [])
            let kept = try await site.registry.client.query(
                "select schema_name, role_name from polls_control.home where state = 'kept'"
            )
            .decodeOne(String.self, String.self)
            let (schema, role) = (try Identifier(kept.0), try Identifier(kept.1))
            try await site.registry.client.withConnection {
                _ = try await $0.execute(script: "grant insert on all tables in schema \(schema) to \(role)")
            }
            let writable = try await site.findings().filter { $0.severity == .error }
            #expect(writable.map(\.code) == [.keptWritable] && writable.first?.tenant == site.name.rawValue)
            for finding in writable { try await site.obey(finding) }
            #expect(try await site.codes() == [.homeNotSeen])

            try await site.run(
                "update polls_control.home set drop_after = now() - interval '1 day' where state = 'kept'"
            )
            #expect(try await site.codes() == [.copyOverdue, .homeNotSeen])
            #expect(try await site.fleet.sweep().removed == 1)
            #expect(try await site.codes() == [.homeNotSeen])
            try await site.fleet.drop(site.name)
            #expect(try await site.findings() == [])
        }
    }

    /// A server whose adding was not ended, and one that was given up with a tenant on it.
    @Test func serversThatWereLeftHalfWayAreFound() async throws {
        try await AuditSite.with { site in
            try await site.run(
                """
                insert into polls_control.server (name, operator_url, app_login, app_url)
                values ('asgard', 'host=127.0.0.1 port=1', 'nobody', '')
                """
            )
            #expect(try await site.codes() == [.serverUnfinished])
            try await site.run(
                """
                update polls_control.server set state = 'lost';
                with home as (
                    insert into polls_control.home (tenant_id, level, state, server_name, database_name, schema_name)
                    select id, 'database', 'live', 'asgard', 'tenant_x_0123abcd', name
                    from polls_control.tenant where name = NAME returning id
                )
                update polls_control.tenant set home_id = home.id, level = 'database' from home where name = NAME
                """
            )
            let findings = try await site.findings().filter { $0.severity == .error }
            #expect(findings.map(\.code) == [.databaseMissing] && findings.first?.tenant == site.name.rawValue)
            try await site.run(
                """
                update polls_control.tenant set home_id = null, level = 'schema';
                delete from polls_control.home; delete from polls_control.server
                """
            )
            #expect(try await site.findings() == [])
        }
    }
}
