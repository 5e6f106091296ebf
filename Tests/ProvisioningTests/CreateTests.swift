import FoundationEssentials
import Migrations
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Making tenants: all or nothing.
@Suite struct CreateTests {
    @Test func aTenantIsWhole() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            let domain = try TenantDomain("\(name).example.com")
            let created = try await registry.provisioner.create(
                NewTenant(name: name, domains: [domain], settings: JSONText(#"{"open": true}"#))
            )
            let token = try #require(created.token?.text)
            #expect(token.wholeMatch(of: /polls_[A-Za-z0-9_-]{43}/) != nil)
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .whole)
            let details = try await registry.provisioner.show(name)
            #expect(details.tenant.state == .active)
            #expect(details.tenant.schemaVersion == Int32(EmbeddedMigrations.tenant.count))
            #expect(details.tenant.domains == [domain.host])
            #expect(details.tenant.settings.text == #"{"open": true}"#)
            #expect(details.migrations.map(\.version) == (1...Int32(EmbeddedMigrations.tenant.count)).map(\.self))
            let schema = try Identifier(name.rawValue)
            let hashes = try await registry.client.query(
                "select count(*) from \(schema).api_token where hash = sha256(convert_to(\(token), 'UTF8'))"
            )
            #expect(try hashes.decodeOne(Int64.self) == 1)
            let (oid, same) = try await registry.client.query(
                """
                select schema_oid, schema_oid = (select oid from pg_namespace where nspname = schema_name)
                from polls_control.tenant
                """
            ).decodeOne(UInt32.self, Bool.self)
            #expect(oid != 0 && same)
        }
    }

    @Test func aFailingMigrationLeavesNothing() async throws {
        let migrations = [
            (file: "0001_a.sql", text: "create table a (id int); create table b (id int);"),
            (file: "0002_b.sql", text: "create table c (id int); select 1/0;"),
        ]
        try await TestRegistry.with(migrations: migrations) { registry in
            let name = try uniqueName()
            let error = try await #require(throws: ProvisioningError.self) {
                try await registry.provisioner.create(NewTenant(name: name))
            }
            #expect(error.code == .migrationFailed)
            #expect(error.message.contains("0002_b.sql") && error.message.contains("Nothing was created"))
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .none)
        }
    }

    /// The connection dies in the middle of the migrations, or as late as in COMMIT itself.
    @Test(arguments: [
        "select pg_terminate_backend(pg_backend_pid());",
        """
        create table last (id int);
        create function die() returns trigger language plpgsql as
            'begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; end';
        create constraint trigger die after insert on last deferrable initially deferred
            for each row execute function die();
        insert into last values (1);
        """,
    ])
    func aKilledConnectionLeavesNothing(migration: String) async throws {
        try await TestRegistry.with(migrations: [("0001_a.sql", "create table a (id int)"), ("0002_b.sql", migration)])
        {
            registry in
            let name = try uniqueName()
            let found = try await code { _ = try await registry.provisioner.create(NewTenant(name: name)) }
            #expect(found == .connectionLost)
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .none)
        }
    }

    @Test func aTakenNameSaysSoAndHarmsNothing() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            _ = try await registry.provisioner.create(NewTenant(name: name))
            #expect(
                try await code { _ = try await registry.provisioner.create(NewTenant(name: name)) } == .tenantExists
            )
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .whole)
        }
    }

    @Test func aForeignSchemaIsNotTakenOver() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            _ = try await registry.client.query("create schema \(try Identifier(name.rawValue))")
            #expect(try await code { _ = try await registry.provisioner.create(NewTenant(name: name)) } == .schemaTaken)
            let left = try await Leftovers(of: name.rawValue, in: registry.client)
            #expect(left.rows == 0 && left.roles == 0 && left.schemas == 1)
        }
    }

    @Test func aTakenDomainLeavesNothing() async throws {
        try await TestRegistry.with { registry in
            let (first, second) = (try uniqueName(), try uniqueName())
            let domain = try TenantDomain("polls.example.com")
            _ = try await registry.provisioner.create(NewTenant(name: first, domains: [domain]))
            #expect(
                try await code { _ = try await registry.provisioner.create(NewTenant(name: second, domains: [domain])) }
                    == .domainTaken
            )
            #expect(try await Leftovers(of: second.rawValue, in: registry.client) == .none)
        }
    }

    @Test func ofManyAtOnceForOneNameOneWins() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            let codes = try await withThrowingTaskGroup(of: ProvisioningError.Code?.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await code { _ = try await registry.provisioner.create(NewTenant(name: name)) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.filter { $0 == nil }.count == 1)
            #expect(codes.filter { $0 == .tenantExists }.count == 5)
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .whole)
        }
    }

    @Test func amongManyOneFailureStopsNoOther() async throws {
        try await TestRegistry.with { registry in
            let names = try (0..<7).map { _ in try uniqueName() }
            _ = try await registry.provisioner.create(NewTenant(name: names[3]))
            var done: [TenantName] = []
            var failed: [TenantName] = []
            try await registry.provisioner.create(names.map { NewTenant(name: $0) }, width: 3) { tenant, outcome in
                switch outcome {
                case .success: done.append(tenant.name)
                case .failure: failed.append(tenant.name)
                }
            }
            #expect(failed == [names[3]])
            #expect(Set(done) == Set(names).subtracting(failed))
            #expect(try await registry.provisioner.list().map(\.name) == names.sorted())
        }
    }

    @Test func withoutTenantRolesTheAppIsGrantedTheSchema() async throws {
        try await TestRegistry.with(tenantRoles: false) { registry in
            let name = try uniqueName()
            _ = try await registry.provisioner.create(NewTenant(name: name))
            let left = try await Leftovers(of: name.rawValue, in: registry.client)
            #expect(left.rows == 1 && left.schemas == 1 && left.roles == 0)
            let question = "\(name.rawValue.debugDescription).question"
            let may = try await registry.client.query(
                "select has_table_privilege(\(registry.appLogin)::name, \(question), 'select, insert, update, delete')"
            )
            #expect(try may.decodeOne(Bool.self))
            try await registry.provisioner.drop(name)
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .none)
        }
    }

    /// The directory of a server hears of everything that concerns a tenant's name, state and hosts.
    @Test func changesAreNotified() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            let heard = try await registry.client.withConnection { connection in
                let stream = try await connection.notifications(on: try Identifier("polls_tenant"))
                _ = try await registry.provisioner.create(NewTenant(name: name))
                try await registry.provisioner.suspend(name)
                _ = try await registry.client.query(
                    """
                    insert into polls_control.tenant_domain (host, tenant_id)
                    select 'polls.example.com', id from polls_control.tenant where name = \(name.rawValue)
                    """
                )
                _ = try await registry.client.query("delete from polls_control.tenant_domain")
                try await registry.provisioner.drop(name)
                var heard: [String] = []
                for await notification in stream {
                    heard.append(notification.payload)
                    if heard.count == 5 { break }
                }
                return heard
            }
            #expect(heard == Array(repeating: name.rawValue, count: 5))
        }
    }
}
