import NIOCore
import Polls
import Postgres
import TestSupport
import Testing

/// Requests that take too long are told so before their connections are cut. Nothing else here would end them.
@Suite struct AnswerTimeTests {
    private func withServer(
        requestTimeout: TimeAmount = .seconds(10),
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        var limits = HTTPLimits.patient
        limits.requestTimeout = requestTimeout
        try await TestServer.with(open: ["potter"], limits: limits, change: { $0.timeout = .seconds(600) }) { server in
            _ = try await server.operatorClient.withConnection {
                try await $0.execute(
                    script: """
                        insert into potter.question (question) values ('q');
                        insert into potter.choice (question_id, choice) select id, 'c' from potter.question
                        """
                )
            }
            try await server.client.await(200, of: "potter")
            try await body(server)
        }
    }

    private func expectTold(_ server: TestServer, _ method: String, _ path: String) async throws {
        var answer = try await server.ask("potter", method, path)
        // An answer to whoever asked for readiness before may still be good.
        _ = try await eventually {
            if answer.status == 200 { answer = try await server.ask("potter", method, path) }
            return answer.status != 200
        }
        #expect(answer.status == 503, "\(method) \(path): \(answer.body)")
        #expect(answer.headers["retry-after"] != nil, "\(method) \(path)")
        // A vote that was sent may be counted yet, and reading does nothing.
        let isUnknown = answer.body.contains("may or may not")
        #expect(isUnknown == (method == "POST"), "\(method) \(path): \(answer.body)")
    }

    @Test func whoWaitsForALockIsTold() async throws {
        try await withServer { server in
            try await server.operatorClient.withConnection { blocker in
                _ = try await blocker.query("begin")
                _ = try await blocker.query("lock table potter.choice, polls_control.control_migration")
                let requests = [
                    ("GET", "/polls/1/choices/"), ("POST", "/polls/1/choices/1/vote/"), ("GET", "/readyz"),
                ]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (method, path) in requests { group.addTask { try await expectTold(server, method, path) } }
                    try await group.waitForAll()
                }
                _ = try await blocker.query("rollback")
            }
        }
    }

    @Test func whoWaitsForAMoveIsTold() async throws {
        try await withServer { server in
            try await server.pauseWrites(of: "potter")
            let answer = try await server.ask("potter", "POST", "/polls/1/choices/1/vote/")
            #expect(answer.status == 503 && answer.headers["retry-after"] == "1", "\(answer.body)")
            #expect(answer.body.contains("being moved"), "\(answer.body)")
        }
    }

    /// The time that a body takes has a deadline of its own.
    @Test func aSlowBodyTakesNothingOfTheTime() async throws {
        try await withServer(requestTimeout: .seconds(5)) { server in
            let connection = try #require(RawConnection.open(port: server.port))
            let end = #"{"question":"q"}"#
            try await connection.send(
                """
                POST /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nContent-Type: application/json\r
                Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n
                """
            )
            let late = ContinuousClock.now + .seconds(5)
            let isLate = try await eventually {
                try await connection.send("1\r\n \r\n") && ContinuousClock.now > late
            }
            #expect(isLate)
            try await connection.send("\(String(end.utf8.count, radix: 16))\r\n\(end)\r\n0\r\n\r\n")
            let answer = try await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 201 "), "\(answer)")
        }
    }
}
