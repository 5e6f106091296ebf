import Migrations
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Where hosts are led when several tenants of the level `container` change at once.
@Suite(.timeLimit(.minutes(10))) struct RouteTests {
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

    /// A home that an older program made is brought up at this one's version, before its server starts.
    @Test func bringingUpBringsAHomesRegistryUpToDate() async throws {
        let runtime = TestRuntime()
        let newest = EmbeddedMigrations.control.count
        try await TestServer.with(open: []) { server in
            let older = try Fleet.forTests(
                server.provisioner,
                server.operatorConfiguration,
                runtime: runtime,
                homesAtVersion: newest - 1
            )
            let name = try TenantName("potter")
            _ = try await older.create(NewTenant(name: name, withToken: false), at: Destination("container"))
            let container = try #require(await runtime.containers.first)
            @Sendable func version() async throws -> Int32 {
                try await runtime.withOperatorURL(container) { url in
                    let url = try ConnectionString(url).with("dbname", name.rawValue).text
                    let configuration = PostgresConfiguration(connectionString: url)
                    return try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) {
                        try await $0.query("select max(version) from polls_control.control_migration")
                            .decodeOne(Int32.self)
                    }
                }
            }
            #expect(try await version() == Int32(newest - 1))
            let fleet = try Fleet.forTests(server.provisioner, server.operatorConfiguration, runtime: runtime)
            #expect(try await fleet.up(nil).done == 1)
            #expect(try await version() == Int32(newest))
            try await fleet.drop(name)
        }
        try await runtime.close()
    }

    /// Without logical replication: the route is set within the pause, and the switch comes before anybody else's.
    @Test func aTenantThatIsCopiedWholeIsLedToItsContainerAndBack() async throws {
        let runtime = TestRuntime()
        try await SecondServer.with(settings: ["wal_level": "replica"]) { cluster in
            try await TestServer.with(open: ["potter"], on: await cluster.connectionString) { server in
                let fleet = try Fleet.forTests(server.provisioner, server.operatorConfiguration, runtime: runtime)
                let name = try TenantName("potter")
                let there = try await fleet.planMove(name, to: Destination("container"))
                #expect(there.method == .copy)
                let moved = try await fleet.move(there, keepSeconds: 0)
                #expect(moved.pause?.phases.map(\.name) == ["hold", "fence", "rest", "verify", "route", "switch"])
                let port = try #require(await runtime.port(of: name))
                let made = try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?"}"#, port: port)
                #expect(made.status == 201)

                let back = try await fleet.planMove(name, to: Destination("schema"))
                _ = try await fleet.move(back, keepSeconds: 0)
                #expect(await runtime.port(of: name) == nil)
                let isBack = try await eventually {
                    try await server.ask("potter", "GET", "/polls/").body.contains("Tea?")
                }
                #expect(isBack, "what was written there is not here")
            }
        }
        try await runtime.close()
    }
}
