import TestSupport
import Testing

/// Anybody may ask whether the server is ready, as often as they like.
@Suite struct ReadinessTests {
    /// One connection, and two that may wait: as many questions as requests would not have room.
    @Test func aFloodIsOneQuestion() async throws {
        try await TestServer.with(
            open: ["potter"],
            change: {
                $0.timeout = .seconds(600)
                $0.connections = 1
                $0.inFlightPerOwner = 1
                $0.queuePerOwner = 2
            }
        ) { server in
            try await server.client.await(200, of: "potter")
            try await server.operatorClient.withConnection { blocker in
                _ = try await blocker.query("begin")
                _ = try await blocker.query("lock table polls_control.control_migration")
                var clients: [RawConnection] = []
                func ask() async throws {
                    let client = try #require(RawConnection.open(port: server.port))
                    try await client.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    clients.append(client)
                }
                let isAsked = try await eventually {
                    // The answer to a question before may still be good.
                    try await ask()
                    return try await blocker.query(
                        """
                        select exists (select from pg_locks where not granted
                            and database = (select oid from pg_database where datname = current_database()))
                        """
                    ).decodeOne(Bool.self)
                }
                #expect(isAsked, "the database is not asked")
                for _ in 0..<100 { try await ask() }
                // Meanwhile all of them come.
                for _ in 0..<50 { #expect(try await server.ask("", "GET", "/livez").status == 200) }
                _ = try await blocker.query("rollback")
                for client in clients {
                    let answer = try await client.rest()
                    #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
                }
            }
        }
    }
}
