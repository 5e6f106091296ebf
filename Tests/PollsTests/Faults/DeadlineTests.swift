import NIOCore
import Polls
import TestSupport
import Testing

/// Clients that take their time. Each test has one short deadline, and all others long: that one must end it.
@Suite struct DeadlineTests {
    private func withServer(
        _ change: (inout HTTPLimits) -> Void,
        _ body: @escaping @Sendable (RawConnection) async throws -> Void
    ) async throws {
        var limits = HTTPLimits.patient
        change(&limits)
        try await TestServer.with(open: ["potter"], limits: limits) { server in
            try await body(try #require(RawConnection.open(port: server.port)))
            // Whatever one client does, the next is served.
            let next = try #require(RawConnection.open(port: server.port))
            try await next.send("GET /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nConnection: close\r\n\r\n")
            #expect(try await next.rest().hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func aSilentClientIsClosed() async throws {
        try await withServer({ $0.headerTimeout = .seconds(1) }) { client async throws in
            #expect(try await client.rest() == "")
        }
    }

    @Test func slowHeadersAreClosed() async throws {
        try await withServer({ $0.headerTimeout = .seconds(1) }) { client async throws in
            try await client.send("GET /livez HTTP/1.1\r\nHost: potter.polls.localhost\r\nX-Slow: ")
            #expect(try await client.drip(Array("x".utf8)) == "")
        }
    }

    @Test func aSlowBodyIsClosed() async throws {
        try await withServer({ $0.bodyTimeout = .seconds(1) }) { client async throws in
            try await client.send(
                """
                POST /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nContent-Type: application/json\r
                Content-Length: 60000\r\n\r\n
                """
            )
            let answer = try await client.drip(Array(" ".utf8))
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
        }
    }

    @Test func anIdleConnectionIsClosedAfterItsAnswer() async throws {
        try await withServer({ $0.idleTimeout = .seconds(1) }) { client async throws in
            try await client.send("GET /livez HTTP/1.1\r\nHost: potter.polls.localhost\r\n\r\n")
            let answer = try await client.rest()
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix(#"{"status":"ok"}"#), "\(answer)")
        }
    }

    /// No deadline is near here: the refusal itself must end the connection.
    @Test(arguments: ["Content-Length: 1000000000", "Transfer-Encoding: chunked"])
    func anEndlessBodyIsRefusedAndClosed(length: String) async throws {
        try await withServer({ _ in }) { client async throws in
            try await client.send(
                """
                POST /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nContent-Type: application/json\r
                \(length)\r\n\r\n
                """
            )
            let chunk = "2000\r\n" + String(repeating: "x", count: 0x2000) + "\r\n"
            let answer = try await client.drip(Array(chunk.utf8), pause: .zero)
            #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
        }
    }
}
