import TestSupport
import Testing

/// What people are told when something is wrong: what programs are told, as a page.
@Suite struct ProblemPageTests {
    @Test func problemsArePagesForBrowsers() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let cases: [(String, UInt, String, String)] = [
                ("/nothing", 404, "Not found", "There is nothing at this address."),
                ("/polls/9/", 404, "Not found", "There is nothing at this address."),
                ("/polls/9/results/", 404, "Not found", "There is nothing at this address."),
                ("/polls/?limit=0", 422, "Unprocessable content", "limit is a whole number from 1 to 1000."),
                ("/polls/1/choices/1/vote/", 405, "Method not allowed", "Use POST."),
            ]
            for (path, status, title, detail) in cases {
                let page = try await server.client.page("potter", path)
                #expect(page.status == status, "\(path)")
                #expect(page.headers["content-type"] == "text/html; charset=utf-8", "\(path)")
                #expect(page.body.contains("<h1>\(title)</h1>\n<p>\(detail)</p>"), "\(path)")
                #expect(page.body.contains("<a href=\"/polls/\">All polls</a>"), "\(path)")
                let json = try await server.ask("potter", "GET", path)
                #expect(json.status == status, "\(path)")
                #expect(json.headers["content-type"] == "application/problem+json", "\(path)")
            }
        }
    }

    @Test func unknownHostsAreAllTheSame() async throws {
        try await TestServer.with(open: ["potter", "gone"]) { server in
            _ = try await server.provisioner.drop(.init("gone"))
            try await server.client.await(404, of: "gone")
            var bodies: Set<String> = []
            for host in ["never", "gone", "www", "public", "polls-control", "a--b", String(repeating: "x", count: 50)] {
                for path in ["/", "/polls/", "/polls/1/"] {
                    let answer = try await server.client.page(host, path)
                    #expect(answer.status == 404, "\(host)")
                    bodies.insert(answer.body)
                }
            }
            #expect(bodies.count == 1)
            #expect(bodies.first?.contains("Nothing is served under this host name.") == true)
            #expect(bodies.first?.contains("href=\"/") == false)
        }
    }

    @Test func aSuspendedTenantIsAway() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.provisioner.suspend(.init("potter"))
            try await server.client.await(503, of: "potter")
            let away = try await server.client.page("potter", "/polls/")
            #expect(away.status == 503)
            #expect(away.headers["retry-after"] == "60")
            #expect(away.body.contains("Try again in 60 seconds."))
        }
    }

    /// The words are the product's own, whatever the database said.
    @Test func theDatabasesWordsAreNotShown() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            _ = try await server.operatorClient.query("alter table potter.question rename to elsewhere")
            for path in ["/polls/", "/polls/1/", "/polls/1/results/"] {
                let page = try await server.client.page("potter", path)
                #expect(page.status == 503, "\(path)")
                #expect(page.headers["retry-after"] == "5", "\(path)")
                for word in ["relation", "question", "elsewhere", "42P01", "select"] {
                    #expect(!page.body.contains(word), "\(path) \(word)")
                }
            }
        }
    }
}
