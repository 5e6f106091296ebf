import Foundation
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Two of the real tool at work on one tenant at once: one does its work, the other is told what to do.
@Suite(.serialized) struct TwoOperatorsTests {
    private let name: TenantName

    init() throws { name = try TenantName("potter") }

    /// A server on a PostgreSQL of its own, whose potter has a question of two choices and a vote.
    private func withServer(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.withOwnCluster(open: ["potter"]) { server in
            let poll = #"{"question":"Tea?","choices":["yes","no"]}"#
            #expect(try await server.ask("potter", "POST", "/polls/", poll).status == 201)
            #expect(try await server.ask("potter", "POST", "/polls/1/choices/1/vote/").status == 201)
            try await body(server)
        }
    }

    /// It is in this place, has what it had, and takes writes; nothing else is left of it.
    private func expectWhole(_ server: TestServer, at level: Tenant.Level, votes: Int) async throws {
        let tenant = try await server.provisioner.record(name)
        #expect(tenant.state == .active && !tenant.isMoving && tenant.level == level)
        // A move that has switched may reach the server a little later.
        let voted = try await server.ask("potter", "POST", "/polls/1/choices/1/vote/")
        #expect(voted.status == 201, "\(voted)")
        let results = try json(try await server.ask("potter", "GET", "/polls/1/results/").body)
        #expect(results["votes"] == .number(Double(votes)), "\(results)")
        #expect(try await server.leftovers() == Leftovers(databases: level == .database ? 1 : 0))
    }

    /// Runs the body while a move into a database is under way, and goes on for as long as the body does: its log cannot
    /// be decoded before a transaction has ended that began earlier.
    private func whileItMoves(
        _ server: TestServer,
        _ body: @Sendable () async throws -> Void
    ) async throws -> Admin.Outcome {
        try await server.operatorClient.withConnection { blocker in
            _ = try await blocker.query("begin")
            _ = try await blocker.query("select pg_current_xact_id()::text")
            async let move = server.admin("$ADMIN move potter --to database --keep 0s")
            let isUnderWay = try await eventually {
                try await server.operatorClient.query(
                    "select exists (select from pg_stat_activity where query like 'CREATE_REPLICATION_SLOT%')"
                ).decodeOne(Bool.self)
            }
            #expect(isUnderWay, "the move does not begin")
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            _ = try await blocker.query("rollback")
            let outcome = try await move
            try result.get()
            return outcome
        }
    }

    @Test(arguments: ["--to database", "--to schema", "--resume", "--abort"])
    func besideAMoveAnotherIsRefused(arguments: String) async throws {
        try await withServer { server in
            let move = try await whileItMoves(server) {
                let second = try await server.admin("$ADMIN move potter \(arguments)")
                #expect(second.code == 1, "\(second)")
                #expect(second.errors.contains("another polls-admin works on potter"), "\(second.errors)")
                #expect(second.errors.contains("Wait until it is done"), "\(second.errors)")
                #expect(try await server.provisioner.record(name).level == .schema)
            }
            #expect(move.code == 0, "\(move)")
            try await expectWhole(server, at: .database, votes: 2)
        }
    }

    /// Told to end in the middle, it says how to go on, and ends by that signal.
    @Test(arguments: [SIGTERM, SIGINT]) func anInterruptedMoveSaysHowToGoOn(signal: Int32) async throws {
        try await withServer { server in
            let file = "/tmp/polls-test-\(TestRegistry.uniqueLogin())"
            let script = "echo $$ >\(file); exec $ADMIN move potter --to database"
            try await server.operatorClient.withConnection { blocker in
                _ = try await blocker.query("begin")
                _ = try await blocker.query("select pg_current_xact_id()::text")
                async let move = server.admin(script)
                let isUnderWay = try await eventually {
                    try await server.operatorClient.query(
                        "select exists (select from pg_stat_activity where query like 'CREATE_REPLICATION_SLOT%')"
                    ).decodeOne(Bool.self)
                }
                #expect(isUnderWay, "the move does not begin")
                let pid = pid_t(try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines))
                kill(try #require(pid), signal)
                let outcome = try await move
                #expect(outcome.code == 128 + signal, "\(outcome)")
                #expect(outcome.errors.contains("interrupted") && outcome.errors.contains("move potter --resume"))
                _ = try await blocker.query("rollback")
            }
            try FileManager.default.removeItem(atPath: file)
            try await server.settle()
            let lost = try await server.admin("$ADMIN move potter --undo")
            #expect(lost.code == 1 && lost.errors.contains("move potter --abort"), "\(lost)")
            #expect(try await server.admin("$ADMIN move potter --abort").code == 0)
            try await expectWhole(server, at: .schema, votes: 2)
        }
    }

    /// Neither is held up: whichever is first moves it.
    @Test func ofTwoMovesThatStartTogetherOneMovesIt() async throws {
        try await withServer { server in
            for round in 0..<4 {
                let level: Tenant.Level = round % 2 == 0 ? .database : .schema
                let destination = level.rawValue
                async let one = server.admin("$ADMIN move potter --to \(destination) --keep 0s")
                async let other = server.admin("$ADMIN move potter --to \(destination) --keep 0s")
                let outcomes = try await [one, other]
                #expect(outcomes.map(\.code).sorted() == [0, 1], "\(outcomes)")
                // Late enough, it comes after the other.
                let loser: String = outcomes.first { $0.code != 0 }.map(\.errors) ?? ""
                let isTold =
                    loser.contains("another polls-admin works on potter")
                    || loser.contains("it is at the level \(destination) already")
                    || loser.contains("not as it was when the move was planned")
                #expect(isTold, "\(loser)")
                try await expectWhole(server, at: level, votes: round + 2)
            }
        }
    }

    /// Planned before another move, and carried out after it, it would move what is there no more.
    @Test func aMoveFromWhereItIsNoMoreIsRefused() async throws {
        try await withServer { server in
            let fleet = try server.fleet
            let (first, second) = try await (
                fleet.planMove(name, to: Destination("database")), fleet.planMove(name, to: Destination("database"))
            )
            _ = try await fleet.move(first, keepSeconds: 0)
            let error = await #expect(throws: ProvisioningError.self) { try await fleet.move(second, keepSeconds: 0) }
            #expect(error?.code == .wrongState)
            _ = try await fleet.sweep()
            try await expectWhole(server, at: .database, votes: 2)
        }
    }
}
