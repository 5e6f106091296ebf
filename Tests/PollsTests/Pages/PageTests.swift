import Postgres
import TestSupport
import Testing

/// What each page shows.
@Suite struct PageTests {
    @Test func theListLeadsToEachPollAndOn() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let empty = try await server.client.page("potter", "/polls/")
            #expect(empty.body.contains("There is no poll yet."))
            for number in 1...5 {
                let poll = "{\"question\":\"q\(number)\",\"publish_date\":\"2026-01-31T12:00:00Z\"}"
                try await server.ask("potter", "POST", "/polls/", poll)
            }
            let all = try await server.client.page("potter", "/polls/")
            #expect(all.body.contains("<title>All polls · potter polls</title>"))
            for number in 1...5 {
                #expect(all.body.contains("<a href=\"/polls/\(number)/\"><bdi>q\(number)</bdi></a>"), "\(number)")
            }
            #expect(all.body.contains("<time datetime=\"2026-01-31T12:00:00.000Z\">31 January 2026</time>"))
            #expect(!all.body.contains("<nav"))
            let first = try await server.client.page("potter", "/polls/?limit=2")
            #expect(!first.body.contains("<bdi>q3</bdi>"))
            #expect(first.body.contains("href=\"/polls/?after=2&amp;limit=2\""))
            #expect(!first.body.contains("First polls"))
            let last = try await server.client.page("potter", "/polls/?after=4&limit=2")
            #expect(last.body.contains("<bdi>q5</bdi>"))
            #expect(last.body.contains("href=\"/polls/?limit=2\">First polls"))
            #expect(!last.body.contains("Next polls"))
            let beyond = try await server.client.page("potter", "/polls/?after=9")
            #expect(beyond.body.contains("There are no more polls."))
        }
    }

    @Test func aPollHasAButtonAChoice() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?","choices":["yes","no"]}"#)
            try await server.ask("potter", "POST", "/polls/", #"{"question":"Nothing?"}"#)
            let poll = try await server.client.page("potter", "/polls/1/")
            #expect(poll.body.contains("<title>Tea? · potter polls</title>"))
            for (id, text) in [(1, "yes"), (2, "no")] {
                let button = "<button formaction=\"/polls/1/choices/\(id)/vote/\"><span><bdi>\(text)</bdi></span>"
                #expect(poll.body.contains(button))
            }
            let keys = try await Set([poll.key, server.client.page("potter", "/polls/1/").key])
            #expect(keys.count == 2)
            #expect(!keys.contains(nil))
            let none = try await server.client.page("potter", "/polls/2/")
            #expect(none.body.contains("This poll has no choices yet."))
            #expect(!none.body.contains("<form"))
        }
    }

    @Test func resultsAreATable() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?","choices":["yes","no"]}"#)
            let before = try await server.client.page("potter", "/polls/1/results/")
            #expect(before.body.contains("<caption>0 votes</caption>"))
            for choice in [1, 1, 2] { try await server.ask("potter", "POST", "/polls/1/choices/\(choice)/vote/") }
            let results = try await server.client.page("potter", "/polls/1/results/")
            #expect(results.body.contains("<caption>3 votes</caption>"))
            #expect(results.body.contains("<th scope=\"row\"><bdi>yes</bdi>"))
            #expect(results.body.contains("<rect width=\"66.7%\""))
            #expect(results.body.contains("<td>2</td>\n<td>66.7%</td>"))
            #expect(results.body.contains("<td>1</td>\n<td>33.3%</td>"))
        }
    }

    @Test func onlyAnOpenTenantHasAFormForANewPoll() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let token = try await server.provisioner.makeClosed("thor")
            try await server.client.await(200, of: "thor")
            let open = try await server.client.page("potter", "/polls/")
            #expect(open.body.contains("<form method=\"post\" action=\"/polls/\">"))
            #expect(open.body.contains("href=\"#new\""))
            let closed = try await server.client.page("thor", "/polls/")
            #expect(closed.status == 200)
            for text in ["<form", "#new", "oken"] { #expect(!closed.body.contains(text), "\(text)") }
            let fields = [("question", "Tea?"), ("choices", "yes\r\nno")]
            let refused = try await server.client.submit("thor", "/polls/", fields)
            #expect(refused.status == 401)
            #expect(refused.headers["www-authenticate"] == "Bearer")
            #expect(try await server.ask("thor", "GET", "/polls/").body == #"{"questions":[],"next":null}"#)
            let bearer = ["Authorization": "Bearer \(token)"]
            #expect(try await server.client.submit("thor", "/polls/", fields, headers: bearer).status == 303)
        }
    }

    /// Rows as only SQL can have left them.
    @Test func rowsOfAnyValueAreShown() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":" \t ","choices":["a","\u00a0"]}"#)
            for (date, day) in [("infinity", "31 December 9999"), ("-infinity", "1 January 1")] {
                _ = try await server.operatorClient.query(
                    "update potter.question set publish_date = \(date)::text::timestamptz"
                )
                let list = try await server.client.page("potter", "/polls/")
                #expect(list.body.contains(">\(day)</time>"))
                #expect(list.body.contains("<bdi>Poll 1</bdi>"))
                #expect(try await server.client.page("potter", "/polls/1/").body.contains("<bdi>Choice 2</bdi>"))
            }
            for counts in [
                ["9223372036854775807", "9223372036854775807"], ["-9223372036854775808", "-1"], ["-5", "8"],
            ] {
                for (index, count) in counts.enumerated() {
                    _ = try await server.operatorClient.query(
                        "update potter.choice set votes = \(count)::text::int8 where id = \(Int64(index + 1))"
                    )
                }
                let results = try await server.client.page("potter", "/polls/1/results/")
                #expect(results.status == 200)
                for count in counts { #expect(results.body.contains("<td>\(count)</td>")) }
            }
        }
    }
}
