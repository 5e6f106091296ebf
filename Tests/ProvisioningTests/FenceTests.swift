import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// What a move does about writers that began before it takes their right away.
@Suite struct FenceTests {
    /// It is waited for, and the other tables it goes on to are no trap for either side.
    @Test func aWriterInTheMiddleIsWaitedFor() async throws {
        try await withWriter { installation, writer, fleet, name in
            async let outcome = fleet.move(try await fleet.planMove(name, to: Destination("database")), keepSeconds: 0)
            #expect(try await eventually { try await !Self.mayWrite(installation) }, "the fence goes up")
            _ = try await writer.query("commit")
            _ = try await outcome
            let questions = try await fleet.withHome(of: name) {
                try await $0.provisioner.run("select question from question", in: name)[0].first?.text(at: 0)
            }
            #expect(questions == "Written in time?")
            try await fleet.drop(name)
        }
    }

    /// One that does not end costs the move, and neither the writer nor the tenant.
    @Test func aWriterThatDoesNotEndStopsTheMove() async throws {
        try await withWriter { installation, writer, fleet, name in
            let plan = try await fleet.planMove(name, to: Destination("database"))
            let error = await #expect(throws: ProvisioningError.self) { try await fleet.move(plan, keepSeconds: 0) }
            #expect(error?.code == .busy)
            #expect(error?.description.contains("has not ended") == true, "\(String(describing: error))")
            #expect(try await Self.mayWrite(installation))
            _ = try await writer.query("commit")
            let tenant = try await installation.provisioner.record(name)
            #expect(tenant.level == .schema && tenant.state == .active)
            let databases = try await installation.operatorClient.query(
                "select count(*) from polls_control.home"
            ).decodeOne(Int64.self)
            #expect(databases == 0)
        }
    }

    /// Runs the body with a tenant in which the app's login has written and not committed. The server keeps no log that
    /// could be decoded: a move has nothing to wait for but the fence.
    private func withWriter(
        _ body: @escaping @Sendable (TestInstallation, PostgresConnection, Fleet, TenantName) async throws -> Void
    ) async throws {
        try await SecondServer.with(settings: ["wal_level": "replica"]) { server in
            let url = await server.connectionString
            try await TestInstallation.with(open: ["potter"], tenantRoles: false, on: url) { installation in
                let fleet = try Fleet.forTests(installation.provisioner, installation.operatorConfiguration)
                var configuration = installation.appConfiguration
                configuration.connections = 0
                configuration.leases = 1
                try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                    try await client.withConnection { writer in
                        _ = try await writer.query("begin")
                        _ = try await writer.query(
                            "insert into potter.question (question) values ('Written in time?')"
                        )
                        try await body(installation, writer, fleet, TenantName("potter"))
                    }
                }
            }
        }
    }

    /// Whether the app's login may write to the tenant's schema in the control database.
    private static func mayWrite(_ installation: TestInstallation) async throws -> Bool {
        try await installation.operatorClient.query(
            """
            select has_table_privilege(app_login, 'potter.question', 'insert') from polls_control.setting
            """
        ).decodeOne(Bool.self)
    }
}
