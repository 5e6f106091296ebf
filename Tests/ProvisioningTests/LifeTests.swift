import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// What becomes of a tenant after it was made.
@Suite struct LifeTests {
    @Test func droppingLeavesNothing() async throws {
        try await TestRegistry.with { registry in
            let (name, other) = (try uniqueName(), try uniqueName())
            _ = try await registry.provisioner.create(
                NewTenant(name: name, domains: [try TenantDomain("polls.example.com")])
            )
            _ = try await registry.provisioner.create(NewTenant(name: other))
            #expect(try await registry.provisioner.drop(name))
            #expect(try await Leftovers(of: name.rawValue, in: registry.client) == .none)
            #expect(try await Leftovers(of: other.rawValue, in: registry.client) == .whole)
            #expect(
                try await registry.client.query("select count(*) from polls_control.tenant_domain")
                    .decodeOne(Int64.self) == 0
            )
            #expect(try await code { try await registry.provisioner.drop(name) } == .noSuchTenant)
            // And the name is free again.
            _ = try await registry.provisioner.create(NewTenant(name: name))
        }
    }

    /// Under the tenant's name there may be another schema by now, which is not the tenant's to drop.
    @Test func droppingSparesAnotherSchemaOfTheName() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            let schema = try Identifier(name.rawValue)
            _ = try await registry.provisioner.create(NewTenant(name: name))
            try await registry.client.withConnection {
                _ = try await $0.execute(script: "drop schema \(schema) cascade; create schema \(schema)")
            }
            #expect(try await registry.provisioner.drop(name) == false)
            let left = try await Leftovers(of: name.rawValue, in: registry.client)
            #expect(left.rows == 0 && left.schemas == 1 && left.roles == 0)
        }
    }

    @Test func suspendingAndResumingCanBeRepeated() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            _ = try await registry.provisioner.create(NewTenant(name: name))
            for _ in 0..<2 {
                try await registry.provisioner.suspend(name)
                #expect(try await registry.provisioner.show(name).tenant.state == .suspended)
            }
            for _ in 0..<2 {
                try await registry.provisioner.resume(name)
                #expect(try await registry.provisioner.show(name).tenant.state == .active)
            }
            #expect(try await code { try await registry.provisioner.suspend(try uniqueName()) } == .noSuchTenant)
        }
    }

    @Test func aMovingTenantCannotBeSuspended() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            _ = try await registry.provisioner.create(NewTenant(name: name))
            _ = try await registry.client.query("update polls_control.tenant set state = 'moving'")
            #expect(try await code { try await registry.provisioner.suspend(name) } == .wrongState)
        }
    }

    @Test func sqlRunsAsTheTenant() async throws {
        try await TestRegistry.with { registry in
            let name = try uniqueName()
            _ = try await registry.provisioner.create(NewTenant(name: name))
            let rows = try await registry.provisioner.run(
                "insert into question (question) values ('Tea?'); select question, current_user, current_schema() from question",
                in: name
            )
            #expect(rows[0].affected == 1)
            #expect(rows[1][0].text(at: 0) == "Tea?")
            #expect(rows[1][0].text(at: 1)?.hasPrefix("tenant_\(name)_") ?? false)
            #expect(rows[1][0].text(at: 2) == name.rawValue)
        }
    }
}
