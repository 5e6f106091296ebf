import Postgres
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The real server, told to stop.
@Suite struct SignalTests {
    /// No deadline of the server's own is near.
    private static let patient = [
        "POLLS_STATEMENT_TIMEOUT": "600", "POLLS_REQUEST_TIMEOUT": "1200", "POLLS_BODY_TIMEOUT": "600",
        "POLLS_SHUTDOWN_TIMEOUT": "600",
    ]

    private let request = "GET /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\n\r\n"

    /// Runs the body while these requests are under way: the table that they read is locked until `release` is called.
    private func withRequestsUnderWay(
        _ count: Int,
        settings: [String: String] = [:],
        _ body: @Sendable (ServerProcess, [RawConnection], _ release: () async throws -> Void) async throws -> Void
    ) async throws -> ServerProcess.End {
        try await TestInstallation.with(open: ["potter"]) { installation in
            try await ServerProcess.with(installation, settings: Self.patient.merging(settings) { $1 }) { server in
                try await server.client.await(200, of: "potter")
                try await installation.operatorClient.withConnection { blocker in
                    _ = try await blocker.query("begin")
                    _ = try await blocker.query("lock table potter.question")
                    var clients: [RawConnection] = []
                    for _ in 0..<count {
                        let client = try #require(RawConnection.open(port: server.client.port))
                        // Answered once, its connection is known to have come all the way in.
                        try await client.send("GET /livez HTTP/1.1\r\nHost: potter.polls.localhost\r\n\r\n")
                        _ = try await client.receive { $0.hasSuffix("}") }
                        try await client.send(request)
                        clients.append(client)
                    }
                    let areUnderWay = try await eventually {
                        let isWaiting = try await blocker.query(
                            """
                            select exists (select from pg_locks where not granted
                                and database = (select oid from pg_database where datname = current_database()))
                            """
                        ).decodeOne(Bool.self)
                        return isWaiting && server.hasReadAll
                    }
                    #expect(areUnderWay)
                    try await body(server, clients) { _ = try await blocker.query("rollback") }
                }
            }
        }
    }

    @Test func requestsUnderWayAreAnswered() async throws {
        let end = try await withRequestsUnderWay(8) { server, clients, release in
            server.signal(SIGTERM)
            #expect(await eventually { server.isDeaf }, "it takes new connections while it stops")
            try await release()
            for client in clients {
                let answer = try await client.rest()
                #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("}"), "\(answer)")
            }
        }
        #expect(end.status == 0, "\(end.log)")
        #expect(!end.log.contains("POLLS_SHUTDOWN_TIMEOUT"), "\(end.log)")
    }

    /// More than the sockets hold, for a client that has just begun to read it.
    @Test func anAnswerUnderWayIsSentToItsEnd() async throws {
        try await TestInstallation.with(open: ["potter"]) { installation in
            _ = try await installation.operatorClient.query(
                "insert into potter.question (question) select repeat('🧙', 256) from generate_series(1, 1000)"
            )
            let end = try await ServerProcess.with(installation, settings: Self.patient) { server in
                try await server.client.await(200, of: "potter")
                var clients: [(RawConnection, String)] = []
                for number in 0..<16 as Range<Int32> {
                    let client = try #require(RawConnection.open(port: server.client.port, window: 4096 * (1 + number)))
                    try await client.send("GET /polls/?limit=1000 HTTP/1.1\r\nHost: potter.polls.localhost\r\n\r\n")
                    clients.append((client, try await client.receive { $0.hasPrefix("HTTP/1.1 200 ") }))
                }
                server.signal(SIGTERM)
                #expect(await eventually { server.isDeaf }, "it takes new connections while it stops")
                for (client, start) in clients {
                    let answer = start + (try await client.rest())
                    #expect(
                        answer.utf8.count > 1_024_000 && answer.hasSuffix("\"next\":null}"),
                        "\(answer.utf8.count) bytes"
                    )
                }
            }
            #expect(end.status == 0, "\(end.log)")
        }
    }

    @Test func aStuckRequestDoesNotKeepItFromStopping() async throws {
        let end = try await withRequestsUnderWay(1, settings: ["POLLS_SHUTDOWN_TIMEOUT": "1"]) { server, _, _ in
            server.signal(SIGTERM)
            #expect(await eventually { server.hasEnded }, "it waits for an answer that does not come")
        }
        #expect(end.status == 0, "\(end.log)")
        #expect(end.log.contains("POLLS_SHUTDOWN_TIMEOUT was over"), "\(end.log)")
    }

    @Test func aStuckClientDoesNotKeepItFromStopping() async throws {
        try await TestInstallation.with(open: ["potter"]) { installation in
            let settings = Self.patient.merging(["POLLS_SHUTDOWN_TIMEOUT": "1"]) { $1 }
            let end = try await ServerProcess.with(installation, settings: settings) { server in
                let client = try #require(RawConnection.open(port: server.client.port))
                try await client.send(
                    """
                    POST /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nContent-Type: application/json\r
                    Content-Length: 100\r\n\r\n{
                    """
                )
                #expect(await eventually { server.hasReadAll })
                server.signal(SIGTERM)
                #expect(await eventually { server.hasEnded }, "it waits for a body that does not come")
                _ = try await client.rest()
            }
            #expect(end.status == 0, "\(end.log)")
        }
    }

    @Test func whileItWaitsForItsDatabaseItStopsAtOnce() async throws {
        try await TestInstallation.with { installation in
            let settings = Self.patient.merging(["DATABASE_URL": "host=/nonexistent user=x dbname=x"]) { $1 }
            let end = try await ServerProcess.with(installation, settings: settings) { server in
                server.signal(SIGTERM)
                #expect(await eventually { server.hasEnded })
            }
            #expect(end.status == 0, "\(end.log)")
            #expect(!end.log.contains("POLLS_SHUTDOWN_TIMEOUT"))
        }
    }

    @Test func aSecondSignalEndsItAtOnce() async throws {
        let end = try await withRequestsUnderWay(1) { server, clients, _ in
            server.signal(SIGTERM)
            #expect(await eventually { server.isDeaf })
            server.signal(SIGTERM)
            #expect(await eventually { server.hasEnded })
            _ = try await clients[0].rest()
        }
        #expect(end.status == 130, "\(end.log)")
    }
}
