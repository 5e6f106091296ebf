import TestSupport
import Testing

/// Rows as only SQL can have left them. Whoever reads them is answered, and so is everybody after.
@Suite struct RowsOfAnyValueTests {
    @Test(
        arguments: [
            (["9223372036854775807", "9223372036854775807"], ["9223372036854775807", "1", "1"]),
            (["-9223372036854775808", "-1"], ["-9223372036854775808", "0", "0"]), (["-5", "8"], ["3", "0.0000", "1"]),
            (["-9223372036854775807", "9223372036854775807"], ["0", "0", "0"]),
            (["-9223372036854775806", "9223372036854775807"], ["1", "0.0000", "1"]),
        ] as [([String], [String])]
    )
    func anyCountsAreAnswered(counts: [String], expected: [String]) async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q","choices":["a","b"]}"#)
            for (index, count) in counts.enumerated() {
                _ = try await server.operatorClient.query(
                    "update potter.choice set votes = \(count)::text::int8 where id = \(Int64(index + 1))"
                )
            }
            let results = try await server.ask("potter", "GET", "/polls/1/results/")
            #expect(
                results.body
                    == #"{"id":1,"question":"q","votes":\#(expected[0]),"results":["#
                    + #"{"id":1,"choice":"a","votes":\#(counts[0]),"share":\#(expected[1])},"#
                    + #"{"id":2,"choice":"b","votes":\#(counts[1]),"share":\#(expected[2])}]}"#
            )
            for path in ["/polls/", "/polls/1/", "/polls/1/choices/"] {
                #expect(try await server.ask("potter", "GET", path).status == 200, "\(path)")
            }
        }
    }

    /// There is no number after it: nothing is counted, and nobody is hurt.
    @Test func aCountAtItsEndTakesNoMoreVotes() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q","choices":["a"]}"#)
            _ = try await server.operatorClient.query("update potter.choice set votes = 9223372036854775807")
            #expect(try await server.ask("potter", "POST", "/polls/1/choices/1/vote/").status == 503)
            let choices = try await server.ask("potter", "GET", "/polls/1/choices/")
            #expect(choices.body == #"{"choices":[{"id":1,"choice":"a","votes":9223372036854775807}]}"#)
        }
    }

    @Test(arguments: [
        ("infinity", "9999-12-31T23:59:59.999Z"), ("-infinity", "0001-01-01T00:00:00.000Z"),
        ("294276-12-31 23:59:59Z", "9999-12-31T23:59:59.999Z"), ("10000-01-01 00:00:00Z", "9999-12-31T23:59:59.999Z"),
        ("4713-01-01 00:00:00Z BC", "0001-01-01T00:00:00.000Z"), ("0001-01-01 00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ])
    func anyDateIsAnswered(date: String, written: String) async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q"}"#)
            _ = try await server.operatorClient.query(
                "update potter.question set publish_date = \(date)::text::timestamptz"
            )
            let list = try await server.ask("potter", "GET", "/polls/")
            #expect(list.body == #"{"questions":[{"id":1,"question":"q","publish_date":"\#(written)"}],"next":null}"#)
            #expect(try await server.ask("potter", "GET", "/polls/1/").body.contains(written))
        }
    }
}
