import TestSupport
import Testing

/// Only a tenant's own pages make a browser do something there.
@Suite struct OriginTests {
    @Test func foreignPagesDoNothing() async throws {
        try await TestServer.with(open: ["potter", "thor"]) { server in
            let fields = [("question", "Tea?"), ("choices", "yes\r\nno")]
            #expect(try await server.client.submit("potter", "/polls/", fields).status == 303)
            let port = server.port
            let foreign: [[String: String]] = [
                ["Origin": "http://thor.polls.localhost:\(port)"], ["Origin": "http://polls.localhost:\(port)"],
                ["Origin": "http://potter.polls.localhost:1"], ["Origin": "http://potter.polls.localhost"],
                ["Origin": "https://potter.polls.localhost"], ["Origin": "null"], ["Origin": ""],
                ["Origin": "file://"], ["Origin": "potter.polls.localhost:\(port)"],
                ["Origin": "http://potter.polls.localhost:\(port).evil.example"],
                ["Origin": "http://evil.example/http://potter.polls.localhost:\(port)"],
                ["Origin": "http://x@potter.polls.localhost:\(port)"], ["Sec-Fetch-Site": "same-site"],
                ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": ""],
                ["Sec-Fetch-Site": "same-site", "Origin": "http://potter.polls.localhost:\(port)"],
                ["Sec-Fetch-Site": "same-origin", "Origin": "http://thor.polls.localhost:\(port)"],
            ]
            let ask: [(String, String, String)] = [
                ("POST", "/polls/", "application/x-www-form-urlencoded"), ("POST", "/polls/", "application/json"),
                ("POST", "/polls/1/choices/1/vote/", "application/x-www-form-urlencoded"),
                ("POST", "/polls/1/choices/1/vote/", "text/plain"), ("DELETE", "/polls/1/", "text/plain"),
            ]
            for headers in foreign {
                for (method, path, type) in ask {
                    for accept in [TestClient.browserAccept, "*/*"] {
                        let answer = try await server.client.ask(
                            "potter",
                            method,
                            path,
                            type == "application/json" ? #"{"question":"q"}"# : "question=q&choices=a%0Ab",
                            headers: headers.merging(["Accept": accept, "Content-Type": type]) { $1 },
                            host: "potter.polls.localhost:\(port)"
                        )
                        #expect(answer.status == 403, "\(headers) \(method) \(path) \(type)")
                    }
                }
                #expect(try await server.ask("potter", "GET", "/polls/", headers: headers).status == 200)
            }
            let poll = try await server.ask("potter", "GET", "/polls/1/choices/").body
            #expect(poll.contains(#""yes","votes":0"#))
            #expect(try await server.ask("potter", "GET", "/polls/2/").status == 404)
        }
    }

    /// A front door passes the host on without its port.
    @Test(arguments: [
        ("potter.polls.localhost:8080", "http://potter.polls.localhost:8080"),
        ("Potter.Polls.localhost:8080", "http://potter.polls.localhost:8080"),
        ("potter.polls.localhost:80", "http://potter.polls.localhost"),
        ("potter.polls.localhost:443", "https://potter.polls.localhost"),
        ("potter.polls.localhost", "http://potter.polls.localhost"),
        ("potter.polls.localhost", "https://potter.polls.localhost"),
        ("potter.polls.localhost", "http://potter.polls.localhost:8080"),
        ("potter.polls.localhost", "http://potter.polls.localhost.:8080"),
    ])
    func itsOwnPagesDo(host: String, origin: String) async throws {
        try await TestServer.with(open: ["potter"]) { server in
            for site in ["same-origin", "none"] {
                let answer = try await server.client.ask(
                    "potter",
                    "POST",
                    "/polls/",
                    #"{"question":"q"}"#,
                    headers: ["Origin": origin, "Sec-Fetch-Site": site],
                    host: host
                )
                #expect(answer.status == 201)
            }
        }
    }
}
