import FoundationEssentials
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// A server that is told to serve one tenant alone.
@Suite struct OneTenantTests {
    private func with(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        let potter = try TenantName("potter")
        try await TestServer.with(
            open: ["potter", "thor"],
            changeServer: {
                $0.tenant = potter
                $0.nonce = "potter-7"
            },
            body
        )
    }

    @Test func itsOwnHostsAreServed() async throws {
        try await with { server in
            try await server.operatorClient.withConnection { connection in
                _ = try await connection.query(
                    """
                    insert into polls_control.tenant_domain (host, tenant_id)
                    select 'polls.hogwarts.test', id from polls_control.tenant where name = 'potter'
                    """
                )
            }
            let made = try await server.ask("potter", "POST", "/polls/", #"{"question":"Which house?"}"#)
            #expect(made.status == 201)
            var answer = try await server.ask("", "GET", "/polls/1/", host: "polls.hogwarts.test")
            let isServed = try await eventually {
                answer = try await server.ask("", "GET", "/polls/1/", host: "polls.hogwarts.test")
                return answer.status == 200
            }
            #expect(isServed, "\(answer)")
            #expect(answer.body.contains("Which house?"))
        }
    }

    @Test func everyOtherHostIsUnknown() async throws {
        try await with { server in
            let unknown = try await server.ask("nobody", "GET", "/polls/")
            #expect(unknown.status == 404)
            for host in ["thor.polls.localhost", "example.com", "127.0.0.1"] {
                let answer = try await server.ask("", "GET", "/polls/", host: host)
                #expect(answer.status == 404, "\(host)")
                #expect(answer.body == unknown.body, "\(host)")
            }
            #expect(try await server.ask("", "GET", "/", host: "polls.localhost").status == 404)
            #expect(try await server.ask("thor", "POST", "/polls/", #"{"question":"q"}"#).status == 404)
            // Nor does it tell whether another tenant is suspended.
            try await server.provisioner.suspend(TenantName("thor"))
            #expect(try await server.ask("thor", "GET", "/polls/").body == unknown.body)
        }
    }

    @Test func itSaysWhoItIsToProbesAlone() async throws {
        try await with { server in
            let live = try await server.ask("potter", "GET", "/livez")
            #expect(live.headers["polls-upstream"] == "potter-7")
            for path in ["/readyz", "/polls/"] {
                let answer = try await server.ask("potter", "GET", path)
                #expect(answer.headers["polls-upstream"] == nil, "\(path)")
            }
        }
        try await TestServer.with(open: ["potter"]) { server in
            let live = try await server.ask("potter", "GET", "/livez")
            #expect(live.headers["polls-upstream"] == nil)
        }
    }
}
