import Provisioning
import Tenancy
import TestSupport
import Testing

/// Where hosts are led when several tenants of the level `container` change at once.
@Suite(.timeLimit(.minutes(3))) struct RouteTests {
    /// Neither is served yet when the routes are set, and each of them keeps the other's.
    @Test func tenantsMadeAtTheSameTimeKeepEachOthersRoutes() async throws {
        let runtime = TestRuntime(startingTogether: 2)
        try await TestServer.with(open: []) { server in
            let fleet = try Fleet.forTests(server.provisioner, server.operatorConfiguration, runtime: runtime)
            let names = try ["potter", "thor"].map { try TenantName($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in names {
                    group.addTask { _ = try await fleet.create(NewTenant(name: name), at: Destination("container")) }
                }
                try await group.waitForAll()
            }
            for name in names {
                let port = try #require(await runtime.port(of: name), "\(name)'s host leads to no server of its own")
                #expect(try await server.ask("\(name)", "GET", "/polls/", port: port).status == 200)
            }
            for name in names {
                try await fleet.drop(name)
                #expect(await runtime.port(of: name) == nil)
            }
        }
        try await runtime.close()
    }
}
