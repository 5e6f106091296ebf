import Polls
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Clients that are connected and do nothing, or little: others are answered all the while.
@Suite struct IdleClientTests {
    private static let request = "GET /polls/ HTTP/1.1\r\nHost: potter.polls.localhost\r\n"

    /// Somebody else, on a connection of their own.
    private func expectService(_ server: TestServer, while situation: String) async throws {
        let other = try #require(RawConnection.open(port: server.port))
        try await other.send(Self.request + "Connection: close\r\n\r\n")
        let answer = try await other.rest()
        #expect(answer.hasPrefix("HTTP/1.1 200 "), "while \(situation): \(answer)")
        let question = #"{"question":"Tea?"}"#
        #expect(try await server.ask("potter", "POST", "/polls/", question).status == 201, "while \(situation)")
    }

    @Test func aClientThatNeverSends() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let silent = try #require(RawConnection.open(port: server.port))
            let half = try #require(RawConnection.open(port: server.port))
            try await half.send("GET /polls/ HTTP/1.1\r\nHost: pot")
            try await expectService(server, while: "one never sends")
            // Nor were they given up on: they can still begin, and go on.
            try await half.send("ter.polls.localhost\r\nConnection: close\r\n\r\n")
            try await silent.send(Self.request + "Connection: close\r\n\r\n")
            #expect(try await half.rest().hasPrefix("HTTP/1.1 200 "))
            #expect(try await silent.rest().hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func aThousandIdleConnections() async throws {
        Self.allowDescriptors(4096)
        var limits = HTTPLimits.patient
        limits.connections = 2000
        try await TestServer.with(open: ["potter"], limits: limits) { server in
            var idle: [RawConnection] = []
            for _ in 0..<1000 {
                let connection = try #require(RawConnection.open(port: server.port), "after \(idle.count)")
                try await connection.send(Self.request + "\r\n")
                let answer = try await connection.receive { $0.hasSuffix("}") }
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
                idle.append(connection)
            }
            try await expectService(server, while: "a thousand idle")
            // Each of them is as good as new.
            for connection in idle {
                try await connection.send(Self.request + "\r\n")
                #expect(try await connection.receive { $0.hasSuffix("}") }.contains("Tea?"))
            }
        }
    }

    @Test(arguments: ["silent", "idle"]) func whoDoesNothingMakesRoom(kind: String) async throws {
        var limits = HTTPLimits.patient
        limits.connections = 8
        try await TestServer.with(open: ["potter"], limits: limits) { server in
            var clients: [RawConnection] = []
            for _ in 0..<8 {
                clients.append(try #require(RawConnection.open(port: server.port), "after \(clients.count)"))
            }
            if kind == "idle" {
                // One that comes to it late may have been closed already.
                for client in clients {
                    _ = try? await client.send(Self.request + "\r\n")
                    _ = try? await client.receiveToEnd { $0.hasSuffix("}") }
                }
            }
            // On a connection of its own: one that has idled may be closed at any time.
            let late = try #require(RawConnection.open(port: server.port))
            try await late.send(Self.request + "Connection: close\r\n\r\n")
            #expect(try await late.rest().hasPrefix("HTTP/1.1 200 "))
        }
    }

    /// All are made at once, and more than the system takes: what is left of them is no idle connection's.
    @Test(arguments: ["keep-alive", "close"]) func answersThatAreNotTakenYetAreWaitedFor(last: String) async throws {
        var limits = HTTPLimits.patient
        limits.connections = 1
        let path = "/tmp/polls-test-\(UInt32.random(in: 0 ... .max)).sock"
        try await TestServer.with(
            open: ["potter"],
            limits: limits,
            changeServer: { $0.host = "unix:\(path)" }
        ) { _ in
            let client = try #require(RawConnection.open(path: path))
            let livez = "GET /livez HTTP/1.1\r\nHost: potter.polls.localhost\r\n"
            let count = 350
            try await client.send(
                String(repeating: livez + "\r\n", count: count - 1) + livez + "Connection: \(last)\r\n\r\n"
            )
            // It would not fail for a client that comes later, and only say less.
            try await Task.sleep(for: .seconds(3))
            let text = try await client.receiveToEnd { $0.ranges(of: #"{"status":"ok"}"#).count == count }
            #expect(text.ranges(of: #"{"status":"ok"}"#).count == count)
        }
        unlink(path)
    }

    /// It asks for more than the kernel keeps for it, and reads nothing of it until others were answered.
    @Test func aClientThatReadsSlowly() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let question = String(repeating: "q", count: 256)
            _ = try await server.operatorClient.query(
                "insert into potter.question (question) select \(question) from generate_series(1, 1000)"
            )
            let count = 200
            let slow = try #require(RawConnection.open(port: server.port))
            let long = Self.request.replacing("/polls/ ", with: "/polls/?limit=1000 ")
            try await slow.send(String(repeating: long + "\r\n", count: count - 1) + long + "Connection: close\r\n\r\n")
            for _ in 0..<20 { try await expectService(server, while: "one reads slowly") }

            let text = try await slow.rest()
            #expect(text.split(separator: "HTTP/1.1 200 OK").count == count, "every answer comes, once it is read")
            #expect(text.utf8.count > count * 256 * 1000)
        }
    }

    /// Both ends of each connection are this process's.
    private static func allowDescriptors(_ count: rlim_t) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < count else { return }
        limit.rlim_cur = min(count, limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
