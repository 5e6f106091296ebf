import TestSupport
import Testing

/// How many choices a poll has: each reader gets all of them, so one tenant's could take the memory of all.
@Suite struct ChoiceLimitTests {
    private static let hundred = (1...100).map { "\"c\($0)\"" }.joined(separator: ",")

    @Test func aPollTakesAHundredChoices() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let tooMany = #"{"question":"q","choices":[\#(Self.hundred),"x"]}"#
            #expect(try await server.ask("potter", "POST", "/polls/", tooMany).status == 422)
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q","choices":[\#(Self.hundred)]}"#)
            let refused = try await server.ask("potter", "POST", "/polls/1/choices/", #"{"choice":"x"}"#)
            #expect(refused.status == 422)
            #expect(refused.body.contains(#""field":"choice""#), "\(refused.body)")
            let poll = try await server.ask("potter", "GET", "/polls/1/choices/")
            #expect(poll.body.hasSuffix(#"{"id":100,"choice":"c100","votes":0}]}"#))
            // It is that poll's limit, and nobody else's.
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q"}"#)
            #expect(try await server.ask("potter", "POST", "/polls/2/choices/", #"{"choice":"x"}"#).status == 201)
            #expect(try await server.ask("potter", "POST", "/polls/3/choices/", #"{"choice":"x"}"#).status == 404)
        }
    }

    @Test func manyAtOnceStayWithinIt() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let most = (1...90).map { "\"c\($0)\"" }.joined(separator: ",")
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q","choices":[\#(most)]}"#)
            let statuses = try await withThrowingTaskGroup(of: UInt.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await server.ask("potter", "POST", "/polls/1/choices/", #"{"choice":"x"}"#).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 201 } == 10 && statuses.count { $0 == 422 } == 30, "\(statuses)")
            let made = try await server.operatorClient.query("select count(*) from potter.choice").decodeOne(Int64.self)
            #expect(made == 100)
        }
    }

    /// SQL may have left any number. Votes for what nobody is shown count all the same.
    @Test func noMoreThanThatAreRead() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q"}"#)
            _ = try await server.operatorClient.query(
                "insert into potter.choice (question_id, choice) select 1, 'c' from generate_series(1, 1000)"
            )
            let reads = [("GET", "/polls/1/"), ("GET", "/polls/1/choices/"), ("GET", "/polls/1/results/")]
            let votes = [("POST", "/polls/1/choices/7/vote/"), ("POST", "/polls/1/choices/700/vote/")]
            for (method, path) in reads + votes {
                for headers in method == "GET" ? [[:]] : [[:], ["Idempotency-Key": path]] {
                    let body = try await server.ask("potter", method, path, headers: headers).body
                    let shown = body.split(separator: #"{"id":"#).count { $0.contains(#""choice":"c""#) }
                    #expect(shown == (path.contains("/7/") ? 101 : 100), "\(path): \(shown)")
                }
            }
            let counted = try await server.operatorClient.query("select votes from potter.choice where id = 700")
            #expect(try counted.decodeOne(Int64.self) == 2)
            let changed = try await server.ask("potter", "PATCH", "/polls/1/", #"{"question":"r"}"#).body
            #expect(changed.split(separator: #""choice":"c""#).count == 101)
        }
    }
}
