import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Tenants that get another name.
@Suite struct RenameTests {
    private let first: [(file: String, text: String)] = [("0001_a.sql", "create table note (text text primary key)")]

    /// A tenant in a schema with a note, in a fleet without containers.
    private func withTenant(
        tenantRoles: Bool = true,
        _ body: @Sendable (TestRegistry, Fleet, TenantName) async throws -> Void
    ) async throws {
        try await TestRegistry.with(tenantRoles: tenantRoles, migrations: first) { registry in
            let name = try uniqueName("old")
            _ = try await registry.provisioner.create(
                NewTenant(name: name, domains: [try TenantDomain("\(name).example")], withToken: false)
            )
            _ = try await registry.provisioner.run("insert into note values ('first')", in: name)
            let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
            try await body(registry, fleet, name)
        }
    }

    private func notes(_ fleet: Fleet, _ name: TenantName) async throws -> [String?] {
        try await fleet.withHome(of: name) { home in
            try await home.provisioner.run("select text from note order by text", in: name)[0].map { $0.text(at: 0) }
        }
    }

    @Test(arguments: [true, false]) func allButTheNameStays(tenantRoles: Bool) async throws {
        try await withTenant(tenantRoles: tenantRoles) { registry, fleet, name in
            let (new, before) = (try uniqueName("new"), try await registry.provisioner.record(name))
            try await fleet.rename(name, to: new)
            let after = try await registry.provisioner.record(new)
            #expect(after.id == before.id && after.role == before.role && after.domains == before.domains)
            #expect(after.schema == new.rawValue && after.state == .active && after.createdAt == before.createdAt)
            #expect(try await code { _ = try await registry.provisioner.record(name) } == .noSuchTenant)
            #expect(try await notes(fleet, new) == ["first"])
            #expect(try await fleet.show(new).tables == 1)

            // The old name is another tenant's to take.
            _ = try await fleet.create(NewTenant(name: name, withToken: false), at: Destination("schema"))
            #expect(try await notes(fleet, name) == [])
            let newer = try Fleet.forTests(
                try await registry.provisioner(migrations: first + [("0002_b.sql", "create table b (id int)")]),
                registry.configuration
            )
            #expect(Set(try await newer.migrate().migrated.map(\.name)) == [name, new])
            #expect(try await newer.show(new).tables == 2)
            try await newer.drop(name)
            #expect(try await notes(newer, new) == ["first"])
            // Back again, and gone for good.
            try await newer.rename(new, to: name)
            #expect(try await notes(newer, name) == ["first"])
            try await newer.drop(name)
            #expect(try await registry.provisioner.list().isEmpty)
            let left = try await registry.client.query(
                "select nspname::text from pg_namespace where nspname in (\(name.rawValue), \(new.rawValue))"
            )
            #expect(left.isEmpty)
        }
    }

    @Test func aSuspendedOneStaysSuspended() async throws {
        try await withTenant { registry, fleet, name in
            let new = try uniqueName("new")
            try await fleet.suspend(name)
            try await fleet.rename(name, to: new)
            #expect(try await registry.provisioner.record(new).state == .suspended)
            try await fleet.resume(new)
            #expect(try await notes(fleet, new) == ["first"])
        }
    }

    @Test(arguments: ["creating", "moving", "dropping"]) func oneThatIsChangingIsNotRenamed(state: String) async throws
    {
        try await withTenant { registry, fleet, name in
            _ = try await registry.client.query("update polls_control.tenant set state = \(state)")
            let new = try uniqueName("new")
            #expect(try await code { try await fleet.rename(name, to: new) } == .wrongState)
            _ = try await registry.client.query("update polls_control.tenant set state = 'active'")
            #expect(try await notes(fleet, name) == ["first"])
        }
    }

    @Test func aNameThatIsTakenIsRefused() async throws {
        try await withTenant { registry, fleet, name in
            let (other, schema) = (try uniqueName("other"), try uniqueName("schema"))
            _ = try await registry.provisioner.create(NewTenant(name: other, withToken: false))
            #expect(try await code { try await fleet.rename(name, to: other) } == .tenantExists)
            _ = try await registry.client.query("create schema \(try Identifier(schema.rawValue))")
            #expect(try await code { try await fleet.rename(name, to: schema) } == .schemaTaken)
            #expect(try await code { try await fleet.rename(try uniqueName(), to: try uniqueName()) } == .noSuchTenant)
            #expect(try await notes(fleet, name) == ["first"])
            #expect(try await notes(fleet, other) == [])
        }
    }

    @Test func aSchemaThatIsGoneIsNotAnother() async throws {
        try await withTenant { registry, fleet, name in
            let schema = try Identifier(name.rawValue)
            try await registry.client.withConnection {
                _ = try await $0.execute(script: "drop schema \(schema) cascade; create schema \(schema)")
            }
            let new = try uniqueName("new")
            #expect(try await code { try await fleet.rename(name, to: new) } == .schemaMissing)
            #expect(try await registry.provisioner.record(name).schema == name.rawValue)
        }
    }

    /// Elsewhere, and while an old copy has the old name, the error says what to do; done that, it goes, and moves go on.
    @Test func afterAMoveTheCopyGoesFirst() async throws {
        try await withTenant { registry, fleet, name in
            let new = try uniqueName("new")
            func move(_ tenant: TenantName, to place: String) async throws {
                let plan = try await fleet.planMove(tenant, to: try Destination(place))
                _ = try await fleet.move(plan, keepSeconds: 3600)
            }
            try await move(name, to: "database")
            let away = await #expect(throws: ProvisioningError.self) { try await fleet.rename(name, to: new) }
            #expect(away?.next.contains("move \(name) --to schema") == true, "\(away.map { "\($0)" } ?? "")")
            try await move(name, to: "schema")
            let kept = await #expect(throws: ProvisioningError.self) { try await fleet.rename(name, to: new) }
            #expect(kept?.next.contains("move \(name) --sweep") == true, "\(kept.map { "\($0)" } ?? "")")
            #expect(try await fleet.sweep(only: name).failed == 0)
            try await fleet.rename(name, to: new)
            #expect(try await notes(fleet, new) == ["first"])
            try await move(new, to: "database")
            #expect(try await notes(fleet, new) == ["first"])
            try await move(new, to: "schema")
            #expect(try await fleet.sweep(only: new).failed == 0)
            #expect(try await notes(fleet, new) == ["first"])
            #expect(try await registry.provisioner.record(new).domains == ["\(name).example"])
            try await fleet.drop(new)
        }
    }

    /// Who works inside of a tenant by its name is waited for: the name may be another tenant's a moment later.
    @Test func statementsThatRunAreWaitedFor() async throws {
        try await withTenant { registry, fleet, name in
            let new = try uniqueName("new")
            let client = registry.client
            let (insertion, renaming) = try await client.withTransaction { blocker in
                _ = try await blocker.query("lock table \(try Identifier(name.rawValue)).note")
                let insertion = Task {
                    try await registry.provisioner.run("insert into note values ('second')", in: name)
                }
                try await wait(client, for: "insert into note%")
                let renaming = Task { try await fleet.rename(name, to: new) }
                try await wait(client, for: "select from polls_control.tenant%")
                return (insertion, renaming)
            }
            _ = try await insertion.value
            try await renaming.value
            #expect(try await notes(fleet, new) == ["first", "second"])
        }
    }

    private func wait(_ client: PostgresClient, for statement: String) async throws {
        let waits = try await eventually {
            try await client.query(
                """
                select from pg_stat_activity where datname = current_database()
                    and query like \(statement) and wait_event_type = 'Lock'
                """
            ).count == 1
        }
        #expect(waits, "nobody waits in \(statement)")
    }
}
