import TestSupport
import Testing

/// One address, two representations.
@Suite struct NegotiationTests {
    private static let json = [
        "/polls/": #"{"questions":[{"id":1,"question":"Tea?","publish_date":"2026-01-31T12:00:00.000Z"}],"next":null}"#,
        "/polls/1/":
            #"{"id":1,"question":"Tea?","publish_date":"2026-01-31T12:00:00.000Z","choices":[{"id":1,"choice":"yes","votes":0}]}"#,
        "/polls/1/results/":
            #"{"id":1,"question":"Tea?","votes":0,"results":[{"id":1,"choice":"yes","votes":0,"share":0}]}"#,
    ]

    private func withPoll(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let poll = #"{"question":"Tea?","publish_date":"2026-01-31T12:00:00Z","choices":["yes"]}"#
            #expect(try await server.ask("potter", "POST", "/polls/", poll).status == 201)
            try await body(server)
        }
    }

    @Test func whoeverNamesNoPageGetsJSON() async throws {
        try await withPoll { server in
            for (path, json) in Self.json {
                for accept in [nil, "*/*", "application/json", "text/html;q=0.5, application/json", "text/*"] {
                    let headers = accept.map { ["Accept": $0] } ?? [:]
                    let answer = try await server.ask("potter", "GET", path, headers: headers)
                    #expect(answer.status == 200, "\(path) \(accept ?? "")")
                    #expect(answer.headers["content-type"] == "application/json", "\(path) \(accept ?? "")")
                    #expect(answer.headers["vary"] == "Accept", "\(path) \(accept ?? "")")
                    #expect(answer.body == json, "\(path) \(accept ?? "")")
                }
            }
        }
    }

    @Test func browsersGetPages() async throws {
        try await withPoll { server in
            for path in Self.json.keys {
                for path in [path, String(path.dropLast())] {
                    let answer = try await server.client.page("potter", path)
                    #expect(answer.status == 200, "\(path)")
                    #expect(answer.headers["content-type"] == "text/html; charset=utf-8", "\(path)")
                    #expect(answer.headers["vary"] == "Accept", "\(path)")
                    #expect(answer.headers["cache-control"] == "private, no-cache", "\(path)")
                    #expect(answer.body.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"), "\(path)")
                    #expect(answer.body.contains("Tea?"), "\(path)")
                }
                let headers = ["Accept": TestClient.browserAccept]
                let head = try await server.ask("potter", "HEAD", path, headers: headers)
                #expect(head.status == 200, "\(path)")
                #expect(head.headers["content-type"] == "text/html; charset=utf-8", "\(path)")
                #expect(head.body.isEmpty, "\(path)")
            }
        }
    }

    @Test func pagesHoldTheBrowserToThemselves() async throws {
        try await withPoll { server in
            for path in Array(Self.json.keys) + ["/polls/9/", "/nothing", "/polls/?limit=x"] {
                let answer = try await server.client.page("potter", path)
                let policy = try #require(answer.headers["content-security-policy"], "\(path)")
                for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
                    #expect(policy.contains(part), "\(path)")
                }
                #expect(!policy.contains("unsafe"), "\(path)")
                #expect(answer.headers["x-content-type-options"] == "nosniff", "\(path)")
                #expect(answer.headers["referrer-policy"] == "same-origin", "\(path)")
                #expect(answer.headers["set-cookie"] == nil, "\(path)")
                #expect(!answer.body.contains("<script"), "\(path)")
            }
        }
    }

    @Test func theRootLeadsBrowsersToTheList() async throws {
        try await withPoll { server in
            let root = try await server.client.page("potter", "/")
            #expect(root.status == 303)
            #expect(root.headers["location"] == "/polls/")
            #expect(try await server.ask("potter", "GET", "/").status == 404)
            #expect(try await server.client.page("nobody", "/").status == 404)
        }
    }

    @Test func whatHasNoPageIsJSONForBrowsersToo() async throws {
        try await withPoll { server in
            let choices = try await server.client.page("potter", "/polls/1/choices/")
            #expect(choices.body == #"{"choices":[{"id":1,"choice":"yes","votes":0}]}"#)
            let live = try await server.client.page("potter", "/livez")
            #expect(live.headers["content-type"] == "application/json")
            let made = try await server.ask(
                "potter",
                "POST",
                "/polls/",
                #"{"question":"q"}"#,
                headers: ["Accept": TestClient.browserAccept]
            )
            #expect(made.status == 201)
        }
    }
}
