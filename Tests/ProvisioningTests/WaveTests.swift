import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Runs over the fleet that stop in time.
@Suite struct WaveTests {
    private let first: [(file: String, text: String)] = [("0001_a.sql", "create table a (id int)")]
    private let second: (file: String, text: String) = ("0002_b.sql", "create table b (id int)")

    /// Tenants that are behind, by name; the migration fails in those at these places.
    private func withTenants(
        _ count: Int,
        failing: [Int],
        _ body: @Sendable (TestRegistry, Provisioner, [TenantName]) async throws -> Void
    ) async throws {
        try await TestRegistry.with(migrations: first) { registry in
            let names = try (0..<count).map { _ in try uniqueName() }.sorted()
            for name in names { _ = try await registry.provisioner.create(NewTenant(name: name, withToken: false)) }
            for index in failing {
                _ = try await registry.client.query("create table \(try Identifier(names[index].rawValue)).b (id int)")
            }
            try await body(registry, try await registry.provisioner(migrations: first + [second]), names)
        }
    }

    @Test func theOthersFollowCanariesThatWentWell() async throws {
        try await withTenants(6, failing: [3]) { _, newer, names in
            var options = MigrationOptions()
            options.canary = 3
            var order: [TenantName] = []
            let run = try await newer.migrate(options) { name, _ in order.append(name) }
            #expect(Set(order.prefix(3)) == Set(names[..<3]), "the canaries come first")
            #expect(run.migrated.count == 5 && run.failed.map(\.tenant) == [names[3]] && run.left == 0)
        }
    }

    @Test func aCanaryThatFailsKeepsTheOthersAsTheyAre() async throws {
        try await withTenants(6, failing: [1]) { registry, newer, names in
            var options = MigrationOptions()
            options.canary = 3
            let run = try await newer.migrate(options)
            #expect(Set(run.migrated.map(\.name)) == [names[0], names[2]])
            #expect(run.failed.map(\.tenant) == [names[1]] && run.left == 3)
            let status = try await newer.status()
            #expect(status.behindCount == 4 && status.lastRun?.done == 2 && status.lastRun?.failed == 1)
            // Mended, the next run takes up what is left.
            _ = try await registry.client.query("drop table \(try Identifier(names[1].rawValue)).b")
            let rest = try await newer.migrate(options)
            #expect(rest.migrated.count == 4 && rest.failed.isEmpty && rest.left == 0)
        }
    }

    /// With more canaries than there are tenants, all of them are.
    @Test func allMayBeCanaries() async throws {
        try await withTenants(2, failing: [0]) { _, newer, names in
            var options = MigrationOptions()
            options.canary = 10
            let run = try await newer.migrate(options)
            #expect(run.migrated.map(\.name) == [names[1]] && run.failed.count == 1 && run.left == 0)
        }
    }

    /// What is under way comes to its end; nothing else is begun.
    @Test(arguments: [1, 2, 3]) func soManyFailuresAreEnough(limit: Int) async throws {
        try await withTenants(12, failing: Array(2..<12)) { _, newer, _ in
            var options = MigrationOptions()
            options.stopAfter = limit
            let run = try await newer.migrate(options)
            #expect(run.migrated.count == 2)
            #expect((limit..<(limit + options.width)).contains(run.failed.count), "\(run.failed.count) failed")
            #expect(run.left == 12 - run.migrated.count - run.failed.count)
        }
    }

    /// One that waits for another try is not waited for when the run stops.
    @Test func whoWaitsForALockIsLeftToo() async throws {
        try await withTenants(3, failing: [1, 2]) { registry, newer, names in
            var options = MigrationOptions()
            options.stopAfter = 2
            options.lockTimeout = .milliseconds(100)
            let run = try await registry.client.withTransaction { blocker in
                // As a migration of another hand does.
                _ = try await blocker.query(
                    "select pg_advisory_xact_lock(hashtextextended(\("polls_control.migrate:\(names[0])"), 0))"
                )
                return try await newer.migrate(options)
            }
            #expect(Set(run.failed.map(\.tenant)) == Set(names[1...]), "\(run)")
            #expect(run.migrated.isEmpty && run.left == 1)
        }
    }
}
