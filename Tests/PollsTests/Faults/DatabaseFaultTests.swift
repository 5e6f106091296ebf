import Postgres
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What becomes of requests while PostgreSQL is frozen, down or hurt. Each test has a PostgreSQL of its own.
@Suite(.serialized) struct DatabaseFaultTests {
    private func withServer(
        _ body: @escaping @Sendable (TestCluster, TestServer) async throws -> Void
    ) async throws {
        try await TestCluster.with { cluster in
            try await TestServer.with(
                open: ["potter"],
                on: cluster.connectionString,
                change: { $0.timeout = .seconds(1) }
            ) { server in
                _ = try await server.operatorClient.withConnection {
                    try await $0.execute(
                        script: """
                            insert into potter.question (question) values ('q');
                            insert into potter.choice (question_id, choice) select id, 'c' from potter.question
                            """
                    )
                }
                try await self.expectBack(server)
                try await body(cluster, server)
            }
        }
    }

    private func vote(_ server: TestServer) async throws -> UInt {
        try await server.ask("potter", "POST", "/polls/1/choices/1/vote/").status
    }

    /// Reading, writing and readiness all say that they are away, and aliveness does not.
    private func expectAway(_ server: TestServer) async throws {
        for (method, path) in [("GET", "/polls/"), ("POST", "/polls/1/choices/1/vote/"), ("GET", "/readyz")] {
            var answer = try await server.ask("potter", method, path)
            // What it was a moment ago is good for a second.
            if path == "/readyz" {
                _ = try await eventually {
                    if answer.status != 503 { answer = try await server.ask("potter", method, path) }
                    return answer.status == 503
                }
            }
            #expect(answer.status == 503, "\(method) \(path): \(answer.body)")
            #expect(answer.headers["retry-after"] != nil, "\(method) \(path)")
            // Reading does nothing that could have been done.
            #expect(method != "GET" || !answer.body.contains("may or may not"), "\(path): \(answer.body)")
        }
        #expect(try await server.ask("potter", "GET", "/livez").status == 200)
    }

    /// Reading, writing and readiness are back.
    private func expectBack(_ server: TestServer) async throws {
        try await server.client.await(200, of: "potter")
        #expect(try await eventually { try await vote(server) == 201 }, "votes do not come back")
        #expect(
            try await eventually { try await server.ask("", "GET", "/readyz").status == 200 },
            "readiness does not come back"
        )
    }

    @Test func frozenItIsAwayUntilItGoesOn() async throws {
        try await withServer { cluster, server in
            cluster.freeze()
            try await expectAway(server)
            let statuses = try await withThrowingTaskGroup(of: UInt.self) { group in
                for _ in 0..<100 { group.addTask { try await server.ask("potter", "GET", "/polls/").status } }
                return try await group.reduce(into: Set<UInt>()) { $0.insert($1) }
            }
            #expect(statuses == [503])
            cluster.thaw()
            try await expectBack(server)
        }
    }

    /// A migration, or an operator's psql, holds a table of one tenant. It fails, and nobody else.
    @Test func aLockedTenantKeepsNobodyElseWaiting() async throws {
        try await TestServer.with(open: ["potter", "thor", "odin"], change: { $0.timeout = .seconds(10) }) { server in
            for tenant in ["potter", "thor", "odin"] { try await server.client.await(200, of: tenant) }
            try await server.operatorClient.withConnection { blocker in
                _ = try await blocker.query("begin")
                _ = try await blocker.query("lock table potter.question")
                try await withThrowingTaskGroup(of: UInt.self) { group in
                    for _ in 0..<4 {
                        group.addTask { try await server.ask("potter", "GET", "/polls/").status }
                    }
                    for number in 0..<200 {
                        let tenant = number % 2 == 0 ? "thor" : "odin"
                        #expect(try await server.ask(tenant, "GET", "/polls/").status == 200)
                    }
                    for try await status in group { #expect(status == 503) }
                }
                _ = try await blocker.query("rollback")
            }
            try await server.client.await(200, of: "potter")
        }
    }

    @Test func stoppedItIsAwayUntilItIsStarted() async throws {
        try await withServer { cluster, server in
            for _ in 0..<3 {
                try await cluster.stopImmediately()
                try await expectAway(server)
                try await cluster.start()
                try await expectBack(server)
            }
        }
    }

    /// PostgreSQL ends every backend when one of them dies like that.
    @Test func aKilledBackendCostsOnlyWhatWasUnderWay() async throws {
        try await withServer { _, server in
            for _ in 0..<3 {
                let backends = await eventually {
                    let backends = try? await server.operatorClient.query(
                        "select pid from pg_stat_activity where application_name = 'polls-server' limit 1"
                    ).decode(Int32.self)
                    if let backend = backends?.first { kill(backend, SIGKILL) }
                    return backends?.isEmpty == false
                }
                #expect(backends, "the server has no connection")
                let statuses = try await withThrowingTaskGroup(of: UInt.self) { group in
                    for _ in 0..<50 { group.addTask { try await server.ask("potter", "GET", "/polls/").status } }
                    return try await group.reduce(into: Set<UInt>()) { $0.insert($1) }
                }
                #expect(statuses.isSubset(of: [200, 503]), "\(statuses)")
                try await expectBack(server)
            }
        }
    }
}
