import Postgres
import TestSupport
import Testing

/// What a server does when it has not heard of a change.
@Suite struct DirectoryTests {
    /// The front door sends a tenant that has come back from its container here before the notification comes.
    @Test func aReturnFromAContainerIsLookedFor() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            _ = try await server.operatorClient.query("update polls_control.tenant set level = 'container'")
            #expect(try await eventually { try await server.ask("potter", "GET", "/polls/").status == 503 })
            _ = try await server.operatorClient.query("alter table polls_control.tenant disable trigger notify_update")
            let answer = try await server.ask("potter", "GET", "/polls/")
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "1")
            #expect(answer.headers["x-accel-redirect"] == nil)
            // A front door that has a place for such requests says so, and no client chooses another place.
            for (place, expected) in [("@moved", "@moved"), ("/secret", nil)] {
                let answer = try await server.ask("potter", "GET", "/polls/", headers: ["Polls-Moved": place])
                #expect(answer.headers["x-accel-redirect"] == expected)
            }
            _ = try await server.operatorClient.query("update polls_control.tenant set level = 'schema'")
            #expect(try await server.ask("potter", "GET", "/polls/").status == 200)
        }
    }
}
