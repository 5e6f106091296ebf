import Postgres
import TestSupport
import Testing

/// API tokens beside the first, through a real server and the real tool.
@Suite(.timeLimit(.minutes(10))) struct TokenTests {
    private func token(_ server: TestServer, _ arguments: String) async throws -> String {
        let made = try await server.admin("$ADMIN token potter --json \(arguments)")
        guard made.code == 0, case .string(let text)? = try json(made.output)["token"] else {
            throw Admin.Failed(errors: "\(made)")
        }
        return text
    }

    private func status(_ server: TestServer, _ token: String) async throws -> UInt {
        let headers = ["Authorization": "Bearer \(token)"]
        return try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?"}"#, headers: headers).status
    }

    /// Wherever the tenant lives, another one works beside the earlier ones, or in their place.
    @Test(arguments: ["schema", "database"]) func anotherOneIsValidAndMayReplaceTheEarlier(level: String) async throws {
        try await TestServer.with(open: []) { server in
            let made = try await server.admin("$ADMIN create-schema potter --no-token --level \(level)")
            #expect(made.code == 0, "\(made)")
            try await server.wait(for: 200, from: "potter")
            let first = try await token(server, "")
            let second = try await token(server, "--label 'the import'")
            for token in [first, second] { #expect(try await status(server, token) == 201) }
            let third = try await token(server, "--replace")
            for token in [first, second] { #expect(try await status(server, token) == 401) }
            #expect(try await status(server, third) == 201)
            #expect(try await server.admin("$ADMIN drop-schema potter --yes").code == 0)
        }
    }

    @Test func thereIsNoneForNobody() async throws {
        try await Admin.with { admin in
            let outcome = try await admin.run("token", "nobody")
            #expect(outcome.code == 1 && outcome.errors.contains("there is no tenant nobody"), "\(outcome)")
        }
    }
}
