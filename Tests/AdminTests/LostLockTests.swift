import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// A mover whose lock went with its connection, and which goes on without it while another hand is at work.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LostLockTests {
    private let name: TenantName

    init() throws { name = try TenantName("potter") }

    /// Who takes a move back destroys its new home: nobody may go to live there from then on.
    @Test func aMoveThatIsBeingTakenBackNeverSwitches() async throws {
        let runtime = TestRuntime()
        try await TestServer.withOwnCluster(open: ["potter"]) { server in
            let fleet = try Fleet.forTests(server.provisioner, server.operatorConfiguration, runtime: runtime)
            let plan = try await fleet.planMove(name, to: Destination("container"))
            let (move, release) = try await begun(server) { _ = try await fleet.move(plan, keepSeconds: 600) }
            try await loseLock(server)
            let abort = try await runtime.holdingRemovals {
                let abort = Task { _ = try await fleet.abortMove(name) }
                try await wait(server, "select from polls_control.move where step = 'aborting'")
                try await release()
                let error = await #expect(throws: ProvisioningError.self) { try await move.value }
                #expect(error?.code == .noMove, "\(error.map { "\($0)" } ?? "")")
                return abort
            }
            try await abort.value
            try await expectWhole(server)
            #expect(await runtime.containers.isEmpty)
            #expect(await runtime.port(of: name) == nil)
        }
        try await runtime.close()
    }

    /// Who takes a move back without the lock ends it once at most, and opens nothing after that.
    @Test func ofTwoThatTakeAMoveBackBothEndInOnePlace() async throws {
        let runtime = TestRuntime()
        try await TestServer.withOwnCluster(open: ["potter"]) { server in
            let fleet = try Fleet.forTests(server.provisioner, server.operatorConfiguration, runtime: runtime)
            let plan = try await fleet.planMove(name, to: Destination("container"))
            let (move, release) = try await begun(server) { _ = try await fleet.move(plan, keepSeconds: 600) }
            try await loseLock(server)
            let aborts = try await runtime.holdingRemovals {
                let first = Task { try await code { _ = try await fleet.abortMove(name) } }
                try await wait(server, "select from polls_control.move where step = 'aborting'")
                try await loseLock(server)
                let second = Task { try await code { _ = try await fleet.abortMove(name) } }
                try await waitForLock(server)
                try await release()
                #expect(try await code { try await move.value } == .noMove)
                return [first, second]
            }
            var codes: [ProvisioningError.Code?] = []
            for abort in aborts { codes.append(try await abort.value) }
            #expect(codes.filter { $0 == nil }.count == 1 && codes.contains(.noMove), "\(codes)")
            try await expectWhole(server)
        }
        try await runtime.close()
    }

    /// A schema that another move has made under the same name takes none of its rows.
    @Test func whatItWritesGoesToItsOwnCopyOnly() async throws {
        try await TestServer.withOwnCluster(open: ["loki"]) { server in
            let fleet = try server.fleet
            let open = JSONText(#"{"open": true}"#)
            _ = try await fleet.create(NewTenant(name: name, settings: open), at: Destination("database"))
            _ = try await fleet.withHome(of: name) {
                try await $0.provisioner.run("insert into question (question) values ('Tea?')", in: name)
            }
            let plan = try await fleet.planMove(name, to: Destination("schema"))
            let (move, release) = try await begun(server) { _ = try await fleet.move(plan, keepSeconds: 600) }
            try await loseLock(server)
            _ = try await fleet.abortMove(name)
            _ = try await server.operatorClient.query("alter schema loki rename to potter")
            try await release()
            #expect(try await code { try await move.value } == .noMove)
            let rows = try await server.operatorClient.query("select count(*) from potter.question")
            #expect(try rows.decodeOne(Int64.self) == 0, "its rows are in another's schema")
            _ = try await server.operatorClient.query("alter schema potter rename to loki")
            try await server.wait(for: 200, from: "potter")
            #expect(try await server.ask("potter", "POST", "/polls/", #"{"question":"Coffee?"}"#).status == 201)
        }
    }

    /// Begins a move, whose home is made by then; it goes on when it is released: its log cannot be decoded before a
    /// transaction has ended that began earlier.
    private func begun(
        _ server: TestServer,
        _ move: @escaping @Sendable () async throws -> Void
    ) async throws -> (Task<Void, any Error>, release: @Sendable () async throws -> Void) {
        let (held, hold) = AsyncStream.makeStream(of: Void.self)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let blocker = Task {
            try await server.operatorClient.withConnection { connection in
                _ = try await connection.query("begin")
                _ = try await connection.query("select pg_current_xact_id()::text")
                begin.finish()
                for await _ in held {}
                _ = try await connection.query("rollback")
            }
        }
        for await _ in begun {}
        let task = Task { try await move() }
        try await wait(server, "select from pg_stat_activity where query like 'CREATE_REPLICATION_SLOT%'")
        return (
            task,
            {
                hold.finish()
                try await blocker.value
            }
        )
    }

    /// Ends the connection that holds the tenant's lock, as a firewall or a restart does.
    private func loseLock(_ server: TestServer) async throws {
        try await waitForLock(server)
        _ = try await server.operatorClient.query(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted"
        )
        let isLost = try await eventually { try await server.operatorClient.query(Self.locks).isEmpty }
        #expect(isLost, "the lock is still held")
    }

    private func waitForLock(_ server: TestServer) async throws { try await wait(server, Self.locks) }

    private func wait(_ server: TestServer, _ query: SQL) async throws {
        let came = try await eventually { try await !server.operatorClient.query(query).isEmpty }
        #expect(came, "nothing to be seen by \(query.text)")
    }

    /// It lives where it did, and takes writes there; nothing else is left of it.
    private func expectWhole(_ server: TestServer) async throws {
        let tenant = try await server.provisioner.record(name)
        #expect(tenant.state == .active && !tenant.isMoving && tenant.level == .schema)
        let made = try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?"}"#)
        #expect(made.status == 201, "\(made)")
        let homes = try await server.operatorClient.query("select count(*) from polls_control.home")
        #expect(try homes.decodeOne(Int64.self) == 0)
    }

    private func code(_ body: () async throws -> Void) async throws -> ProvisioningError.Code? {
        do {
            try await body()
            return nil
        } catch let error as ProvisioningError { return error.code }
    }

    private static let locks: SQL =
        "select pid from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and granted"
}
