import TestSupport
import Testing

/// What of HTTP/1 goes on between one message and the next, byte for byte.
@Suite struct ConnectionTests {
    private let host = "Host: potter.polls.localhost\r\n"

    private func with(_ body: @escaping @Sendable (TestServer, RawConnection) async throws -> Void) async throws {
        try await TestServer.with(open: ["potter"], limits: .patient) { server in
            try await body(server, try #require(RawConnection.open(port: server.port)))
        }
    }

    @Test func whoWaitsForLeaveToSendTheBodyGetsIt() async throws {
        try await with { _, connection in
            let body = #"{"question":"q"}"#
            try await connection.send(
                "POST /polls/ HTTP/1.1\r\n\(host)Content-Type: application/json\r\nExpect: 100-Continue\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n"
            )
            let leave = try await connection.receive { $0.hasSuffix("\r\n\r\n") }
            #expect(leave == "HTTP/1.1 100 Continue\r\n\r\n")
            try await connection.send(body)
            let answer = try await connection.receive { $0.hasSuffix("}}") }
            #expect(answer.hasPrefix("HTTP/1.1 201 "), "\(answer)")
        }
    }

    /// An answer that is under way is not cut in two.
    @Test func leaveComesAfterTheAnswersBefore() async throws {
        try await with { _, connection in
            try await connection.send(
                "GET /polls/ HTTP/1.1\r\n\(host)\r\nPOST /polls/ HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
                    + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            )
            let answers = try await connection.receive { $0.contains("100 Continue\r\n\r\n") }
            #expect(
                answers.hasPrefix("HTTP/1.1 200 ") && answers.hasSuffix("}HTTP/1.1 100 Continue\r\n\r\n"),
                "\(answers)"
            )
        }
    }

    @Test func nobodyGetsLeaveToSendTooMuch() async throws {
        try await with { _, connection in
            try await connection.send(
                "POST /polls/ HTTP/1.1\r\n\(host)Content-Type: application/json\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 65537\r\n\r\n"
            )
            let answer = try await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("65536 bytes"), "\(answer)")
        }
    }

    @Test(arguments: [
        "GET /polls/ HTTP/1.0\r\n", "GET /polls/ HTTP/1.1\r\nConnection: Close\r\n",
        "GET /polls/ HTTP/1.1\r\nConnection: keep-alive, close\r\n",
    ]) func theLastRequestIsAnsweredAndTheConnectionEnds(request: String) async throws {
        try await with { _, connection in
            try await connection.send(request + host + "\r\n")
            let answer = try await connection.receive { $0.hasSuffix("}") }
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("\r\nConnection: close\r\n"), "\(answer)")
            #expect(try await connection.rest() == "")
        }
    }

    @Test(arguments: [
        "get /polls/ HTTP/1.1\r\n", "FOO-BAR / HTTP/1.1\r\n", "GET / HTTP/3.0\r\n", "\u{16}\u{3}\u{1}\r\n",
    ])
    func whatIsNoRequestIsToldSo(request: String) async throws {
        try await with { _, connection in
            try await connection.send(request + host + "\r\n")
            let answer = try await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
            #expect(answer.contains("Content-Type: application/problem+json\r\n"), "\(answer)")
            #expect(answer.hasSuffix("}"), "\(answer)")
        }
    }

    /// The client has been told that the connection ends, and keeps it open: no other deadline is near.
    @Test(arguments: [
        "\0garbage\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: potter.polls.localhost\r\nConnection: close\r\n\r\n",
        "GET /livez HTTP/1.0\r\nHost: potter.polls.localhost\r\n\r\n",
        "POST /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n",
        "POST /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: 1000000\r\n\r\n{",
        "POST /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nContent-Length: 9\r\nConnection: close\r\n\r\n",
    ])
    func theEndIsKept(request: String) async throws {
        try await with { _, connection in
            try await connection.send(request)
            let answer = try await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 ") && answer.hasSuffix("}"), "\(answer)")
            #expect(answer.contains("\r\nConnection: close\r\n"), "\(answer)")
            // It has ended its half. Once it has closed, it takes nothing.
            #expect(try await eventually { try await !connection.send(" ") }, "its socket stays open")
        }
    }

    /// What comes behind the last request is nobody's.
    @Test func nothingIsDoneAfterTheLastAnswer() async throws {
        try await with { server, connection in
            let body = #"{"question":"q"}"#
            let post = "POST /polls/ HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
            try await connection.send(
                "\(post)Content-Length: 70000\r\n\r\n" + String(repeating: " ", count: 70_000)
                    + "\(post)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            let answer = try await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.hasSuffix("}"), "\(answer)")
            #expect(try await eventually { try await !connection.send(" ") }, "its socket stays open")
            #expect(try await server.ask("potter", "GET", "/polls/").body == #"{"questions":[],"next":null}"#)
        }
    }

    /// What may come next would be of a protocol that nobody speaks here.
    @Test(arguments: ["GET /livez HTTP/1.1", "CONNECT potter.polls.localhost:80 HTTP/1.1"])
    func whoWantsAnotherProtocolIsAnsweredAndClosed(line: String) async throws {
        try await with { _, connection in
            try await connection.send("\(line)\r\n\(host)Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
            let answer = try await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 ") && answer.contains("\r\nConnection: close\r\n"), "\(answer)")
        }
    }

    /// None of it is a request's, and all of it would be kept.
    @Test(arguments: [
        "GET /livez HTTP/1.1\r\nX:", "GET /livez HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    ])
    func whatCannotBeReadIsNotKept(start: String) async throws {
        try await with { _, connection in
            try await connection.send(start)
            let blanks = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 16)
            var isOpen = true
            for _ in 0..<1000 where isOpen { isOpen = try await connection.send(blanks) }
            #expect(!isOpen, "64 MiB were taken")
        }
    }
}
