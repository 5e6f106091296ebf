import Polls
import TestSupport
import Testing

/// Requests as no well-meant client writes them, byte for byte.
@Suite struct WireTests {
    /// Sends each request on a connection of its own, and expects its answer to have this status and to be the last.
    private func expect(
        _ requests: [(name: String, bytes: [UInt8], status: Int)],
        limits: HTTPLimits = .patient
    ) async throws {
        try await TestServer.with(open: ["potter", "thor"], limits: limits) { server in
            for (name, bytes, status) in requests {
                let connection = try #require(RawConnection.open(port: server.port))
                try await connection.send(bytes)
                let answer = try await connection.rest()
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(name): \(answer.prefix(300))")
                #expect(answer.components("HTTP/1.1 5") == 0, "\(name): \(answer)")
            }
            for tenant in ["potter", "thor"] {
                #expect(
                    try await server.ask(tenant, "GET", "/polls/").body == #"{"questions":[],"next":null}"#,
                    "nothing of it was done"
                )
            }
        }
    }

    private func request(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) }

    @Test func hostsMustAgree() async throws {
        let close = "Connection: close"
        try await expect([
            ("one host", request("GET /polls/ HTTP/1.1", "Host: potter.polls.localhost", close), 200),
            ("none", request("GET /polls/ HTTP/1.1", close), 400),
            (
                "two that differ",
                request("GET /polls/ HTTP/1.1", "Host: potter.polls.localhost", "Host: thor.polls.localhost", close),
                400
            ),
            (
                "two of the same",
                request("GET /polls/ HTTP/1.1", "Host: potter.polls.localhost", "Host: potter.polls.localhost", close),
                400
            ),
            (
                "a list", request("GET /polls/ HTTP/1.1", "Host: potter.polls.localhost, thor.polls.localhost", close),
                400
            ),
            (
                "absolute form that agrees",
                request("GET http://potter.polls.localhost/polls/ HTTP/1.1", "Host: potter.polls.localhost", close), 200
            ),
            (
                "absolute form that does not",
                request("GET http://thor.polls.localhost/polls/ HTTP/1.1", "Host: potter.polls.localhost", close), 400
            ),
            (
                "user information",
                request("GET /polls/ HTTP/1.1", "Host: thor.polls.localhost@potter.polls.localhost", close), 400
            ),
            (
                "forwarded host",
                request("GET /polls/ HTTP/1.1", "Host: nobody.polls.localhost", "X-Forwarded-Host: potter", close), 404
            ),
        ])
    }

    @Test func aWrongLengthIsRefused() async throws {
        let head = ["POST /polls/ HTTP/1.1", "Host: potter.polls.localhost", "Content-Type: application/json"]
        func post(_ fields: String..., body: String = #"{"question":"q"}"#) -> [UInt8] {
            Array(((head + fields).joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
        }
        try await expect([
            ("no number", post("Content-Length: x"), 400), ("negative", post("Content-Length: -1"), 400),
            ("a number and more", post("Content-Length: 16x"), 400),
            ("beyond 64 bits", post("Content-Length: 99999999999999999999"), 400),
            ("two that differ", post("Content-Length: 16", "Content-Length: 17"), 400),
            ("a length and chunks", post("Content-Length: 16", "Transfer-Encoding: chunked", body: "0\r\n\r\n"), 400),
            ("an unknown coding", post("Transfer-Encoding: gzip", "Connection: close"), 400),
            ("a chunk of no size", post("Transfer-Encoding: chunked", body: "x\r\nabc\r\n0\r\n\r\n"), 400),
            // What is left over is taken for the next request, and is none.
            ("too short", post("Content-Length: 3"), 400),
        ])
    }

    @Test func aBodyThatEndsEarlyChangesNothing() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let connection = try #require(RawConnection.open(port: server.port))
            try await connection.send(
                """
                POST /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nContent-Type: application/json\r
                Content-Length: 17\r\n\r\n{"question":"q"}
                """
            )
            connection.finishSending()
            let answer = try await connection.rest()
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
            #expect(try await server.ask("potter", "GET", "/polls/").body == #"{"questions":[],"next":null}"#)
        }
    }

    @Test func badJSONIsRefused() async throws {
        func post(_ name: String, _ body: [UInt8], _ status: Int) -> (String, [UInt8], Int) {
            let head = request(
                "POST /polls/ HTTP/1.1",
                "Host: potter.polls.localhost",
                "Content-Type: application/json",
                "Content-Length: \(body.count)",
                "Connection: close"
            )
            return (name, head + body, status)
        }
        func question(_ bytes: [UInt8]) -> [UInt8] { Array(#"{"question":""#.utf8) + bytes + Array(#""}"#.utf8) }
        var limits = HTTPLimits.patient
        limits.bodyBytes = 1 << 20
        let deep = 100_000
        try await expect(
            [
                post("NUL", question([0]), 400), post("escaped NUL", question(Array(#"\u0000"#.utf8)), 422),
                post("no UTF-8", question([0xFF]), 400), post("overlong UTF-8", question([0xC0, 0xAF]), 400),
                post("a surrogate in UTF-8", question([0xED, 0xA0, 0x80]), 400),
                post("half a character", question([0xE2, 0x82]), 400),
                post("a lone surrogate", question(Array(#"\ud800"#.utf8)), 400),
                post("surrogates in the wrong order", question(Array(#"\udc00\ud800"#.utf8)), 400),
                post("deep arrays", Array(String(repeating: "[", count: deep).utf8), 400),
                post("deep objects", Array(String(repeating: #"{"a":"#, count: deep).utf8), 400),
                post("a name twice", Array(#"{"question":"a","question":"b"}"#.utf8), 400),
                post("1e400", Array(#"{"question":1e400}"#.utf8), 422),
                post("2^63", Array(#"{"question":9223372036854775808}"#.utf8), 422),
                post("1e400 as a date", Array(#"{"question":"q","publish_date":1e400}"#.utf8), 422),
                post("2^63 as the id", Array(#"{"question":"q","id":9223372036854775808}"#.utf8), 422),
                post("a byte order mark", [0xEF, 0xBB, 0xBF] + Array(#"{"question":"q"}"#.utf8), 400),
                post("nothing", [], 400),
            ],
            limits: limits
        )
    }

    @Test func whatIsNoHTTPIsRefused() async throws {
        let host = "Host: potter.polls.localhost"
        try await expect([
            ("noise", request("nonsense"), 400), ("another protocol", request("GET / SPDY/3", host), 400),
            ("a NUL in a field", request("GET /polls/ HTTP/1.1", host, "X-A: a\0b"), 400),
            ("a bare CR in a field", request("GET /polls/ HTTP/1.1", host, "X-A: a\rb"), 400),
            ("a blank in a field's name", request("GET /polls/ HTTP/1.1", host, "X A: b"), 400),
            ("a folded field", request("GET /polls/ HTTP/1.1", host, "X-A: b", " c", "Connection: close"), 400),
            ("a long field", request("GET / HTTP/1.1", host, "X-A: " + String(repeating: "x", count: 40_000)), 400),
            (
                "many fields",
                Array(("GET / HTTP/1.1\r\n\(host)\r\n" + String(repeating: "X-A: b\r\n", count: 200) + "\r\n").utf8),
                400
            ),
        ])
    }
}

extension String {
    /// How often the text occurs.
    fileprivate func components(_ text: String) -> Int {
        indices.count { self[$0...].hasPrefix(text) }
    }
}
