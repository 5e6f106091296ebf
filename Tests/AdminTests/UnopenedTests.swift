import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// A container whose own server is there before its tenant is.
@Suite(.serialized, .timeLimit(.minutes(10))) struct UnopenedTests {
    private let name: TenantName

    init() throws { name = try TenantName("potter") }

    /// What is written before it is made waits until it is: nothing that was acknowledged can be cleared away.
    @Test func noWriteIsTakenBeforeItIsMade() async throws {
        try await withFleet { server, fleet, runtime in
            let (making, asking) = try await whileItsEndWaits(server, fleet, runtime) { home in
                let port = try #require(await runtime.port(of: name))
                #expect(try await server.ask("potter", "GET", "/polls/", port: port).status == 200)
                #expect(try await !mayWrite(home))
                return Task {
                    try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?"}"#, port: port).status
                }
            }
            _ = try await making.value
            // On a busy machine it may have been sent away.
            let status = try await asking.value
            #expect(status == 201 || status == 503, "\(status)")
            let port = try #require(await runtime.port(of: name))
            let isOpen = try await eventually {
                try await server.ask("potter", "POST", "/polls/", #"{"question":"Coffee?"}"#, port: port).status == 201
            }
            #expect(isOpen, "it takes no writes")
            let list = try await server.ask("potter", "GET", "/polls/", port: port).body
            #expect(list.contains("Tea?") == (status == 201), "\(list)")
        }
    }

    /// Its maker was lost when all was done but this: the next hand opens it.
    @Test(arguments: ["create", "up", "suspend"]) func whatWasMadeIsOpenedByTheNextHand(_ hand: String) async throws {
        try await withFleet { server, fleet, runtime in
            try await withLostOpening(server, fleet, runtime)
            #expect(try await server.provisioner.record(name).state == .active)
            switch hand {
            case "create":
                let again = await #expect(throws: ProvisioningError.self) { try await create(fleet) }
                #expect(again?.code == .tenantExists)
            case "up": #expect(try await fleet.up(nil).done == 1)
            default:
                try await fleet.suspend(name)
                try await fleet.resume(name)
            }
            let port = try #require(await runtime.port(of: name))
            // Its server hears of it a little later.
            let isOpen = try await eventually {
                try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?"}"#, port: port).status == 201
            }
            #expect(isOpen, "it takes no writes")
        }
    }

    private func withFleet(
        _ body: @escaping @Sendable (TestServer, Fleet, TestRuntime) async throws -> Void
    ) async throws {
        let runtime = TestRuntime()
        try await TestServer.with(open: []) { server in
            let fleet = try Fleet.forTests(server.provisioner, server.operatorConfiguration, runtime: runtime)
            try await body(server, fleet, runtime)
            try await fleet.drop(name)
        }
        try await runtime.close()
    }

    @discardableResult private func create(_ fleet: Fleet) async throws -> CreatedTenant {
        let new = NewTenant(name: name, settings: JSONText(#"{"open": true}"#))
        return try await fleet.create(new, at: Destination("container"))
    }

    /// Runs the body when all of it is made, and the fleet's registry cannot be told so before the body's end.
    private func whileItsEndWaits<R: Sendable>(
        _ server: TestServer,
        _ fleet: Fleet,
        _ runtime: TestRuntime,
        _ body: (PostgresClient) async throws -> R
    ) async throws -> (Task<CreatedTenant, any Error>, R) {
        try await server.operatorClient.withTransaction { blocker in
            let making = Task { try await create(fleet) }
            let isHeld = try await eventually {
                try await !blocker.query(
                    "select from polls_control.tenant where name = 'potter' and state = 'creating' for update"
                ).isEmpty
            }
            #expect(isHeld, "it is made already")
            try await waitForLock(server.operatorClient)
            return (making, try await withHome(runtime, body))
        }
    }

    /// Makes it, and ends the connection by which it was to be opened.
    private func withLostOpening(_ server: TestServer, _ fleet: Fleet, _ runtime: TestRuntime) async throws {
        let (held, hold) = AsyncStream.makeStream(of: Void.self)
        let (making, blocking) = try await whileItsEndWaits(server, fleet, runtime) { _ in
            let (begun, begin) = AsyncStream.makeStream(of: Void.self)
            let blocking = Task {
                try await withHome(runtime) { home in
                    try await home.withTransaction { connection in
                        _ = try await connection.query("select from polls_control.tenant for update")
                        begin.finish()
                        for await _ in held {}
                    }
                }
            }
            for await _ in begun {}
            return blocking
        }
        try await withHome(runtime) { home in
            try await waitForLock(home)
            _ = try await home.query(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'
                """
            )
        }
        let error = await #expect(throws: ProvisioningError.self) { try await making.value }
        #expect(error?.description.contains("takes no writes yet") == true, "\(error.map { "\($0)" } ?? "")")
        hold.finish()
        try await blocking.value
        #expect(try await withHome(runtime) { try await !mayWrite($0) })
    }

    /// As the operator of the tenant's own PostgreSQL.
    private func withHome<R: Sendable>(
        _ runtime: TestRuntime,
        _ body: (PostgresClient) async throws -> R
    ) async throws -> R {
        let container = try #require(await runtime.containers.first)
        return try await runtime.withOperatorURL(container) { url in
            let url = try ConnectionString(url).with("dbname", name.rawValue).text
            return try await PostgresClient.withClient(
                PostgresConfiguration(connectionString: url),
                logger: TestDatabase.logger,
                body
            )
        }
    }

    private func mayWrite(_ home: PostgresClient) async throws -> Bool {
        try await home.query(
            "select has_table_privilege(role_name, 'potter.question', 'insert') from polls_control.tenant"
        ).decodeOne(Bool.self)
    }

    private func waitForLock(_ client: PostgresClient) async throws {
        let waits = try await eventually {
            try await !client.query(
                "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            ).isEmpty
        }
        #expect(waits, "nobody waits")
    }
}
