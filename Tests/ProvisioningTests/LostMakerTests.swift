import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// A maker whose lock went with its connection, and which goes on without it while another hand is at work.
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
}
