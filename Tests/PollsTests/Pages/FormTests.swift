import Foundation
import TestSupport
import Testing

/// What forms do, and what they are told.
@Suite struct FormTests {
    private static let tea = [("question", "Tea?"), ("choices", "yes\r\n\r\nno\r\n")]

    @Test func aFormMakesAPoll() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let made = try await server.client.submit("potter", "/polls/", Self.tea)
            #expect(made.status == 303)
            #expect(made.headers["location"] == "/polls/1/")
            #expect(made.body.isEmpty)
            let poll = try await server.ask("potter", "GET", "/polls/1/").body
            #expect(poll.hasPrefix(#"{"id":1,"question":"Tea?""#))
            #expect(
                poll.hasSuffix(
                    #""choices":[{"id":1,"choice":"yes","votes":0},{"id":2,"choice":"no","votes":0}]}"#
                )
            )
        }
    }

    @Test func aWrongFormComesBackAsItWasTyped() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let wrong = [("question", "\"Tea\" & <b>?"), ("choices", "\nyes</textarea>")]
            let answer = try await server.client.submit("potter", "/polls/", wrong)
            #expect(answer.status == 422)
            #expect(answer.headers["cache-control"] == "no-store")
            #expect(answer.body.contains("<title>Error: New poll · potter polls</title>"))
            #expect(answer.body.contains("value=\"&quot;Tea&quot; &amp; &lt;b&gt;?\""))
            #expect(answer.body.contains(">\n\nyes&lt;/textarea&gt;</textarea>"))
            #expect(
                answer.body.contains(
                    "<p class=\"fault\" id=\"choices-fault\">A poll has 2 to 100 choices, one a line, not 1.</p>"
                )
            )
            #expect(answer.body.contains("aria-invalid=\"true\" aria-describedby=\"choices-fault choices-hint\""))
            let empty = try await server.client.submit("potter", "/polls/", [])
            #expect(empty.status == 422)
            #expect(empty.body.contains("id=\"question-fault\">A poll has a question.</p>"))
            #expect(try await server.ask("potter", "GET", "/polls/").body == #"{"questions":[],"next":null}"#)
        }
    }

    @Test func aVoteCountsOnceAForm() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            _ = try await server.client.submit("potter", "/polls/", Self.tea)
            let key = try #require(try await server.client.page("potter", "/polls/1/").key)
            for _ in 0..<3 {
                let vote = try await server.client.submit("potter", "/polls/1/choices/2/vote/", [("key", key)])
                #expect(vote.status == 303)
                #expect(vote.headers["location"] == "/polls/1/results/")
            }
            let other = try await server.client.submit("potter", "/polls/1/choices/1/vote/", [("key", key)])
            #expect(other.status == 409)
            #expect(other.body.contains("You have voted already: your first vote counts."))
            #expect(other.body.contains("<a href=\"/polls/1/results/\">Results</a>"))
            let choices = try await server.ask("potter", "GET", "/polls/1/choices/").body
            #expect(
                choices == #"{"choices":[{"id":1,"choice":"yes","votes":0},{"id":2,"choice":"no","votes":1}]}"#
            )
            let another = try #require(try await server.client.page("potter", "/polls/1/").key)
            let next = try await server.client.submit("potter", "/polls/1/choices/1/vote/", [("key", another)])
            #expect(next.status == 303)
            #expect(try await server.ask("potter", "GET", "/polls/1/choices/").body.contains(#""yes","votes":1"#))
        }
    }

    @Test func votesThatCannotBeAreRefusedWithAPage() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            _ = try await server.client.submit("potter", "/polls/", Self.tea)
            let cases: [(String, [(String, String)], UInt)] = [
                ("/polls/1/choices/9/vote/", [("key", "k")], 404), ("/polls/9/choices/1/vote/", [], 404),
                ("/polls/1/choices/1/vote/", [("key", "a b")], 400),
                ("/polls/1/choices/1/vote/", [("key", String(repeating: "k", count: 201))], 400),
                ("/polls/1/choices/1/vote/", [("key", "")], 400),
                ("/polls/1/choices/1/vote/", [("key", "a"), ("key", "b")], 400),
                ("/polls/1/", [], 405), ("/polls/1/choices/", [("choice", "c")], 415),
                ("/polls/", [("question", String(repeating: "x", count: 30_000))], 413),
            ]
            for (path, fields, status) in cases {
                let answer = try await server.client.submit("potter", path, fields)
                #expect(answer.status == status, "\(path) \(fields.map(\.0))")
                #expect(answer.headers["content-type"] == "text/html; charset=utf-8", "\(path)")
                #expect(answer.headers["cache-control"] == "no-store", "\(path)")
                #expect(answer.body.contains("<a href=\"/polls/\">All polls</a>"), "\(path)")
                if status == 405 { #expect(answer.headers["allow"] == "GET, HEAD, PATCH, DELETE") }
            }
            let choices = try await server.ask("potter", "GET", "/polls/1/choices/").body
            #expect(choices.contains(#""yes","votes":0"#))
        }
    }

    /// Whatever is no browser is told as before that a form is no JSON; its votes need no body, and count.
    @Test func programsSendNoForms() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            _ = try await server.client.submit("potter", "/polls/", Self.tea)
            for accept in ["*/*", "application/json"] {
                let answer = try await server.client.submit("potter", "/polls/", Self.tea, headers: ["Accept": accept])
                #expect(answer.status == 415, "\(accept)")
                #expect(answer.headers["content-type"] == "application/problem+json", "\(accept)")
                let vote = try await server.client.submit(
                    "potter",
                    "/polls/1/choices/1/vote/",
                    [],
                    headers: ["Accept": accept]
                )
                #expect(vote.status == 201, "\(accept)")
            }
        }
    }

    private static let naughty = [
        "'; drop table question; --", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' autofocus '",
        "</title></bdi></textarea><b>", "&lt;&#60;&", "\u{202E}right\u{7}", "ﷺ🏳️‍🌈", "a\u{FEFF}b", "%00", "<!--", "]]>",
        "\\", "a\u{2028}b\u{85}c", "javascript:alert(1)", "{{7*7}}", "\u{1}\u{7F}",
    ]

    @Test func textsStayTexts() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            for (index, text) in (["plain"] + Self.naughty).enumerated() {
                let fields = [("question", text), ("choices", "\(text)\r\nno")]
                let made = try await server.client.submit("potter", "/polls/", fields)
                #expect(made.headers["location"] == "/polls/\(index + 1)/", "\(text)")
            }
            let list = try await server.client.page("potter", "/polls/")
            for (index, text) in Self.naughty.enumerated() {
                let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
                    .replacing(">", with: "&gt;").replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
                for path in ["", "results/"] {
                    let plain = try await server.client.page("potter", "/polls/1/\(path)")
                    let page = try await server.client.page("potter", "/polls/\(index + 2)/\(path)")
                    #expect(page.tags == plain.tags, "\(text)")
                    // As the question and as the first choice.
                    #expect(page.body.components(separatedBy: "<bdi>\(escaped)</bdi>").count == 3, "\(text)")
                    #expect(page.body.contains("\(escaped) · potter polls</title>"), "\(text)")
                }
                #expect(list.body.contains("<a href=\"/polls/\(index + 2)/\"><bdi>\(escaped)</bdi></a>"), "\(text)")
                let wrong = [("question", text), ("choices", text)]
                let again = try await server.client.submit("potter", "/polls/", wrong)
                #expect(again.status == 422, "\(text)")
                #expect(again.body.contains(" value=\"\(escaped)\" "), "\(text)")
                #expect(again.body.contains(">\n\(escaped)</textarea>"), "\(text)")
            }
        }
    }
}
