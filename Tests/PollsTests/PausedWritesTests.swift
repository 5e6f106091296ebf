import Postgres
import TestSupport
import Testing

/// What a tenant's users notice of the pause at the end of a move.
@Suite struct PausedWritesTests {
    private let question = #"{"question":"Tea?"}"#

    @Test func readersAreServedAndWritersAreToldToComeAgain() async throws {
        try await TestServer.with(open: ["potter", "thor"], changeServer: { $0.patience = .seconds(1) }) { server in
            try await server.pauseWrites(of: "potter")
            #expect(try await server.ask("potter", "GET", "/polls/").status == 200)
            let answer = try await server.ask("potter", "POST", "/polls/", question)
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "1")
            #expect(try await server.ask("thor", "POST", "/polls/", question).status == 201)
            #expect(try await server.operatorClient.query("select from potter.question").isEmpty)
        }
    }

    @Test func aWriterThatWaitsGoesOnWhenThePauseEnds() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.pauseWrites(of: "potter")
            try await withThrowingTaskGroup(of: UInt.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await server.ask("potter", "POST", "/polls/", question).status }
                }
                _ = try await server.operatorClient.query(
                    "update polls_control.tenant set state = 'active', writes_paused = false"
                )
                for try await status in group { #expect(status == 201) }
            }
            #expect(try await server.operatorClient.query("select from potter.question").count == 20)
        }
    }

    /// A server that the tenant leaves: nobody waits there until his patience ends.
    @Test func aWriterThatWaitsIsSentOnWhenTheTenantLeaves() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.pauseWrites(of: "potter")
            let writer = Task {
                try await server.ask("potter", "POST", "/polls/", question, headers: ["Polls-Moved": "@moved"])
            }
            _ = try await server.operatorClient.query("update polls_control.tenant set level = 'container'")
            let answer = try await writer.value
            #expect(answer.status == 503)
            #expect(answer.headers["x-accel-redirect"] == "@moved")
            #expect(answer.body.contains("a server of its own"))
        }
    }

    /// A server that has not heard of the pause is refused by PostgreSQL; what was refused is done once it may be.
    @Test func aRefusedWriteIsDoneWhenItMayBe() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            #expect(try await server.ask("potter", "GET", "/polls/").status == 200)
            let role = try Identifier(
                try await server.operatorClient.query("select role_name from polls_control.tenant")
                    .decodeOne(String.self)
            )
            try await server.operatorClient.withTransaction { connection in
                _ = try await connection.run([
                    "update polls_control.tenant set state = 'moving', writes_paused = true",
                    "revoke insert on potter.question from \(role)",
                ])
            }
            let writer = Task { try await server.ask("potter", "POST", "/polls/", question).status }
            try await server.operatorClient.withTransaction { connection in
                _ = try await connection.run([
                    "grant insert on potter.question to \(role)",
                    "update polls_control.tenant set state = 'active', writes_paused = false",
                ])
            }
            #expect(try await writer.value == 201)
            #expect(try await server.operatorClient.query("select from potter.question").count == 1)
        }
    }

    /// The pause was over before the server looked: the tenant is as it was, and the write is done.
    @Test func aPauseThatTheServerMissedCostsNoWrite() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let role = try Identifier(
                try await server.operatorClient.query("select role_name from polls_control.tenant")
                    .decodeOne(String.self)
            )
            _ = try await server.operatorClient.query("revoke insert on potter.question from \(role)")
            let writer = try await server.operatorClient.withTransaction { connection in
                _ = try await connection.run(["lock table polls_control.tenant in access exclusive mode"])
                let writer = Task { try await server.ask("potter", "POST", "/polls/", question).status }
                let isLooking = try await eventually {
                    try await server.operatorClient.query(
                        "select from pg_locks where relation = 'polls_control.tenant'::regclass and not granted"
                    ).count > 0
                }
                #expect(isLooking, "the server does not look at the registry")
                _ = try await connection.run(["grant insert on potter.question to \(role)"])
                return writer
            }
            #expect(try await writer.value == 201)
            #expect(try await server.operatorClient.query("select from potter.question").count == 1)
        }
    }

    /// Without a move behind it, a missing right is a fault, and nobody waits for it.
    @Test func aRightThatIsMissingIsNoPause() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let role = try Identifier(
                try await server.operatorClient.query("select role_name from polls_control.tenant")
                    .decodeOne(String.self)
            )
            _ = try await server.operatorClient.query("revoke insert on potter.question from \(role)")
            let answer = try await server.ask("potter", "POST", "/polls/", question)
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "5")
        }
    }
}
