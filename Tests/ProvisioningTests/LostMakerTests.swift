import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Makers that have lost a connection: the one that holds the tenant's lock, or the one by which they make a home.
@Suite struct LostMakerTests {
    private let migrations: [(file: String, text: String)] = [
        ("0001_one.sql", "create table one (id bigint generated always as identity primary key, word text)")
    ]

    /// What another hand took for a killed one's is not made, and its maker leaves alone what that hand makes since.
    @Test func whatAnotherHasClearedAwayIsNotMade() async throws {
        try await TestRegistry.with(migrations: migrations) { registry in
            let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
            let name = try uniqueName()
            let client = registry.client
            let making = try await client.withTransaction { other in
                let making = Task { try await fleet.create(NewTenant(name: name), at: Destination("database")) }
                let isClaimed = try await eventually {
                    try await !other.query(
                        """
                        select from polls_control.tenant join polls_control.home on tenant_id = tenant.id
                        where name = \(name.rawValue) and tenant.state = 'creating' for update
                        """
                    ).isEmpty
                }
                #expect(isClaimed, "it is made already")
                let waits = try await eventually {
                    try await client.query(
                        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                    ).count == 1
                }
                #expect(waits, "it does not come to its end")
                // As another attempt does.
                _ = try await other.run([
                    "delete from polls_control.home",
                    "delete from polls_control.tenant where name = \(name.rawValue)",
                    """
                    insert into polls_control.tenant (name, schema_name, level, state)
                    values (\(name.rawValue), \(name.rawValue), 'database', 'creating')
                    """,
                ])
                return making
            }
            let error = await #expect(throws: ProvisioningError.self) { try await making.value }
            #expect(error?.code == .wrongState, "\(error.map { "\($0)" } ?? "")")
            let (others, databases, roles) = try await client.query(
                """
                select (select count(*) from polls_control.tenant where state = 'creating'),
                    (select count(*) from pg_database where datname like 'tenant\\_' || \(name.rawValue) || '\\_%'),
                    (select count(*) from pg_roles where rolname like 'tenant\\_' || \(name.rawValue) || '\\_%')
                """
            ).decodeOne(Int64.self, Int64.self, Int64.self)
            #expect(others == 1, "the other's attempt is gone")
            #expect(databases == 0 && roles == 0, "what it has made is left over")
            try await fleet.drop(name)
        }
    }

    /// Its tenant is not there, and can be made again.
    @Test func whoLosesTheHomeLeavesNothing() async throws {
        try await withRegistry { registry in
            let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
            let name = try uniqueName()
            let client = registry.client
            let making = try await client.withTransaction { other in
                // The app's login gets a setting in each home.
                _ = try await other.query("lock table pg_db_role_setting in exclusive mode")
                let making = Task { try await fleet.create(NewTenant(name: name), at: Destination("database")) }
                let isLost = try await eventually {
                    try await !client.query(
                        """
                        select pg_terminate_backend(pid) from pg_stat_activity
                        where datname like 'tenant\\_' || \(name.rawValue) || '\\_%' and wait_event_type = 'Lock'
                        """
                    ).isEmpty
                }
                #expect(isLost, "no home is made")
                return making
            }
            let error = await #expect(throws: ProvisioningError.self) { try await making.value }
            #expect(error?.code == .connectionLost && error?.next == "Run it again.", "\(error.map { "\($0)" } ?? "")")
            #expect(try await Leftovers(of: name.rawValue, in: client) == .none)
            _ = try await fleet.create(NewTenant(name: name), at: Destination("database"))
            try await fleet.drop(name)
        }
    }

    /// A registry on a PostgreSQL of its own: what is locked here is the whole cluster's.
    private func withRegistry(_ body: @escaping @Sendable (TestRegistry) async throws -> Void) async throws {
        try await TestCluster.with { cluster in
            try await TestRegistry.with(migrations: migrations, on: cluster.connectionString, body)
        }
    }
}
