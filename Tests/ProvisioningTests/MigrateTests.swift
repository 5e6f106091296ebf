import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Runs over the fleet.
@Suite struct MigrateTests {
    private let first = [(file: "0001_a.sql", text: "create table a (id int)")]
    private let second = [
        (file: "0001_a.sql", text: "create table a (id int)"), (file: "0002_b.sql", text: "create table b (id int)"),
    ]

    @Test func everyTenantIsBroughtUpAndGrantedItsNewTables() async throws {
        try await TestRegistry.with(migrations: first) { registry in
            let names = try (0..<5).map { _ in try uniqueName() }
            for name in names { _ = try await registry.provisioner.create(NewTenant(name: name)) }
            let newer = try await registry.provisioner(migrations: second)
            #expect(try await newer.status().behindCount == 5)
            let run = try await newer.migrate()
            #expect(Set(run.migrated.map(\.name)) == Set(names))
            #expect(run.failed.isEmpty)
            #expect(run.migrated.allSatisfy { $0.from == 1 && $0.to == 2 })
            for name in names { _ = try await newer.run("insert into b values (1)", in: name) }
            let status = try await newer.status()
            #expect(status.behindCount == 0)
            #expect(status.lastRun?.done == 5)
            #expect(try await newer.show(names[0]).migrations.map(\.version) == [1, 2])
        }
    }

    @Test func whenNobodyIsBehindNothingIsDone() async throws {
        try await TestRegistry.with(migrations: first) { registry in
            _ = try await registry.provisioner.create(NewTenant(name: try uniqueName()))
            let run = try await registry.provisioner.migrate()
            #expect(run.id == nil && run.migrated.isEmpty && run.failed.isEmpty)
            #expect(try await registry.provisioner.status().lastRun == nil)
        }
    }

    @Test func oneFailureStopsNoOtherAndLeavesItsTenantAsItWas() async throws {
        try await TestRegistry.with(migrations: first) { registry in
            let names = try (0..<4).map { _ in try uniqueName() }
            for name in names { _ = try await registry.provisioner.create(NewTenant(name: name)) }
            let bad = names.sorted()[1]
            _ = try await registry.client.query("create table \(try Identifier(bad.rawValue)).c (id int)")
            let newer = try await registry.provisioner(
                migrations: first + [(file: "0002_b.sql", text: "create table b (id int); create table c (id int)")]
            )
            let run = try await newer.migrate()
            #expect(run.failed.map(\.tenant) == [bad])
            #expect((run.failed.first?.error as? ProvisioningError)?.code == .migrationFailed)
            #expect(Set(run.migrated.map(\.name)) == Set(names).subtracting([bad]))
            let details = try await newer.show(bad)
            #expect(details.tenant.schemaVersion == 1 && details.tables == 2, "b was rolled back")
            // Once mended, the next run takes up what is left.
            _ = try await registry.client.query("drop table \(try Identifier(bad.rawValue)).c")
            #expect(try await newer.migrate().migrated.map(\.name) == [bad])
        }
    }

    @Test func aTenantWhoseTableIsLockedIsTriedAgain() async throws {
        try await TestRegistry.with(migrations: first) { registry in
            let name = try uniqueName()
            _ = try await registry.provisioner.create(NewTenant(name: name))
            let newer = try await registry.provisioner(
                migrations: first + [(file: "0002_b.sql", text: "alter table a add b int")]
            )
            var options = MigrationOptions()
            options.lockTimeout = .milliseconds(500)
            try await registry.client.withConnection { blocker in
                let (locked, isLocked) = AsyncStream.makeStream(of: Void.self)
                async let held: Void = blocker.withTransaction {
                    _ = try await blocker.query("lock table \(try Identifier(name.rawValue)).a")
                    isLocked.finish()
                    // Until a first try has waited for the lock, and has given up.
                    for isWaiting in [true, false] {
                        let came = try await eventually {
                            try await registry.client.query(
                                """
                                select exists (select from pg_locks where not granted
                                    and database = (select oid from pg_database where datname = current_database()))
                                """
                            ).decodeOne(Bool.self) == isWaiting
                        }
                        #expect(came, isWaiting ? "nobody waits for the lock" : "nobody gives up")
                    }
                }
                for await _ in locked {}
                let run = try await newer.migrate(options)
                #expect(run.migrated.map(\.name) == [name])
                try await held
            }
        }
    }

    @Test func onlyTheNamedTenantsAreTakenUp() async throws {
        try await TestRegistry.with(migrations: first) { registry in
            let names = try (0..<3).map { _ in try uniqueName() }
            for name in names { _ = try await registry.provisioner.create(NewTenant(name: name)) }
            let newer = try await registry.provisioner(migrations: second)
            let canary = try await newer.migrate(MigrationOptions(tenants: [names[1]]))
            #expect(canary.migrated.map(\.name) == [names[1]])
            #expect(try await newer.behind().map(\.name) == [names[0], names[2]].sorted())
            #expect(try await code { _ = try await newer.behind([try uniqueName()]) } == .noSuchTenant)
        }
    }

    @Test func aChangedMigrationIsNotAppliedOver() async throws {
        try await TestRegistry.with(migrations: first) { registry in
            let name = try uniqueName()
            _ = try await registry.provisioner.create(NewTenant(name: name))
            let newer = try await registry.provisioner(
                migrations: [(file: "0001_a.sql", text: "create table other (id int)"), second[1]])
            let run = try await newer.migrate()
            #expect((run.failed.first?.error as? ProvisioningError)?.code == .checksumMismatch)
        }
    }

    @Test func anotherSchemaOfTheNameIsNotMigrated() async throws {
        try await TestRegistry.with(migrations: first) { registry in
            let name = try uniqueName()
            let schema = try Identifier(name.rawValue)
            _ = try await registry.provisioner.create(NewTenant(name: name))
            try await registry.client.withConnection {
                _ = try await $0.execute(script: "drop schema \(schema) cascade; create schema \(schema)")
            }
            let run = try await registry.provisioner(migrations: second).migrate()
            #expect((run.failed.first?.error as? ProvisioningError)?.code == .schemaMissing)
        }
    }
}
