import FoundationEssentials
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Moves of a tenant that is out of service: it is so before, during and after them.
@Suite(.serialized) struct SuspendedMoveTests {
    private let name: TenantName

    init() throws { name = try TenantName("potter") }

    /// A server whose potter has a question, and is suspended.
    private func withSuspended(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestCluster.with { cluster in
            try await TestServer.with(open: ["potter"], on: cluster.connectionString) { server in
                _ = try await server.provisioner.run("insert into question (question) values ('Tea?')", in: name)
                try await server.fleet.suspend(name)
                try await server.client.await(503, of: "potter")
                try await body(server)
            }
        }
    }

    /// It can be put back into service, and has what it had.
    private func expectWhole(_ server: TestServer, port: Int? = nil, fleet: Fleet) async throws {
        try await fleet.resume(name)
        let isBack = try await eventually { try await server.ask("potter", "GET", "/polls/", port: port).status == 200 }
        #expect(isBack, "it does not come back")
        #expect(try await server.ask("potter", "GET", "/polls/", port: port).body.contains("Tea?"))
        let made = try await server.ask("potter", "POST", "/polls/", #"{"question":"Coffee?"}"#, port: port)
        #expect(made.status == 201, "\(made)")
    }

    @Test func thereAndBackItStaysSuspended() async throws {
        try await withSuspended { server in
            for arguments in ["--to database", "--undo"] {
                let moved = try await server.admin("$ADMIN move potter \(arguments)")
                #expect(moved.code == 0, "\(moved)")
                let tenant = try await server.provisioner.record(name)
                #expect(tenant.state == .suspended && !tenant.isMoving, "after \(arguments)")
                #expect(try await server.ask("potter", "GET", "/polls/").status == 503, "after \(arguments)")
            }
            try await expectWhole(server, fleet: server.fleet)
        }
    }

    /// Its own server is asked before the switch already, and does not serve it either.
    @Test func inAContainerItStaysSuspended() async throws {
        let runtime = TestRuntime()
        try await withSuspended { server in
            let fleet = try Fleet.forTests(server.provisioner, server.operatorConfiguration, runtime: runtime)
            let plan = try await fleet.planMove(name, to: Destination("container"))
            let asked = Task {
                var statuses: Set<UInt> = []
                while !Task.isCancelled {
                    guard let port = await runtime.port(of: name) else {
                        await Task.yield()
                        continue
                    }
                    // It may be cut off at the end of the test.
                    guard let answer = try? await server.ask("potter", "GET", "/polls/", port: port) else { continue }
                    statuses.insert(answer.status)
                }
                return statuses
            }
            _ = try await fleet.move(plan, keepSeconds: 600)
            asked.cancel()
            let statuses = await asked.value
            #expect(statuses.isSubset(of: [503]), "\(statuses)")
            let own = try #require(await runtime.port(of: name))
            #expect(try await server.ask("potter", "GET", "/polls/", port: own).status == 503)
            #expect(try await server.provisioner.record(name).state == .suspended)
            try await expectWhole(server, port: own, fleet: fleet)

            try await fleet.suspend(name)
            let back = try await fleet.planMove(name, to: fleet.origin(of: name))
            _ = try await fleet.move(back, keepSeconds: 600)
            #expect(try await server.ask("potter", "GET", "/polls/").status == 503)
            try await expectWhole(server, fleet: fleet)
            try await fleet.drop(name)
        }
        try await runtime.close()
    }

    /// Killed at any point, it is taken up or taken back, and is suspended in between and afterwards.
    @Test func killedAtAnyPointItStaysSuspended() async throws {
        try await withSuspended { server in
            for number in 0..<10 {
                let there = try await server.provisioner.record(name).level == .schema ? "database" : "schema"
                let delay = Double.random(in: 0.05...0.8)
                _ = try await server.admin("timeout --signal=KILL \(delay) $ADMIN move potter --to \(there) --keep 0s")
                try await server.settle()
                let killed = try await server.provisioner.record(name)
                #expect(killed.state == .suspended, "after \(delay) s")
                if killed.isMoving {
                    let early = try await server.admin("$ADMIN resume potter")
                    #expect(early.code == 1 && early.errors.contains("not finished"), "\(early)")
                    let again = try await server.admin("$ADMIN move potter --to \(there)")
                    #expect(again.code == 1 && again.errors.contains("not finished"), "\(again)")
                }
                let end = number % 2 == 0 ? "--resume" : "--abort"
                let outcome = try await server.admin("$ADMIN move potter \(end)")
                if outcome.code != 0 {
                    // It had not begun, was done, or has switched and can only go forward.
                    let again = try await server.admin("$ADMIN move potter --resume")
                    #expect(again.code == 0 || again.errors.contains("unfinished"), "\(outcome)\n\(again)")
                }
                let tenant = try await server.provisioner.record(name)
                #expect(tenant.state == .suspended && !tenant.isMoving, "after \(delay) s and \(end): \(outcome)")
                #expect(try await server.ask("potter", "GET", "/polls/").status == 503)
                #expect(try await server.leftovers() == Leftovers(databases: tenant.homeID == nil ? 0 : 1))
            }
            try await expectWhole(server, fleet: server.fleet)
        }
    }
}
