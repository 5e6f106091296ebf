import Foundation
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Every row of the API's contract, over HTTP.
@Suite struct ContractTests {
    private func json(_ text: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            "no JSON object: \(text)"
        )
    }

    @Test func pollsAreCreatedAndReadBack() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let made = try await server.ask(
                "potter",
                "POST",
                "/polls/",
                #"{"question":"Which <house>?","publish_date":"2026-01-31T13:00:00.123+01:00","choices":["a","b"]}"#
            )
            #expect(made.status == 201)
            #expect(made.headers["location"] == "/polls/1/")
            let saved = try #require(try json(made.body)["saved_object"] as? [String: Any])
            #expect(saved["question"] as? String == "Which <house>?")
            #expect(saved["publish_date"] as? String == "2026-01-31T12:00:00.123Z")
            let choices = try #require(saved["choices"] as? [[String: Any]])
            #expect(choices.map { $0["choice"] as? String } == ["a", "b"])
            #expect(choices.map { $0["votes"] as? Int } == [0, 0])

            let list = try await server.ask("potter", "GET", "/polls/")
            #expect(list.status == 200)
            #expect(list.headers["content-type"] == "application/json")
            #expect(
                list.body
                    == #"{"questions":[{"id":1,"question":"Which \u003chouse\u003e?","publish_date":"2026-01-31T12:00:00.123Z"}],"next":null}"#
            )
            let one = try await server.ask("potter", "GET", "/polls/1")
            #expect(try json(one.body)["id"] as? Int == 1)
        }
    }

    @Test func listsComeInPages() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            for number in 1...5 { try await server.ask("potter", "POST", "/polls/", "{\"question\":\"q\(number)\"}") }
            let first = try json(try await server.ask("potter", "GET", "/polls/?limit=2").body)
            #expect((first["questions"] as? [Any])?.count == 2)
            #expect(first["next"] as? Int == 2)
            let last = try json(try await server.ask("potter", "GET", "/polls/?limit=2&after=4").body)
            #expect((last["questions"] as? [Any])?.count == 1)
            #expect(last["next"] is NSNull)
            for query in [
                "limit=0", "limit=1001", "limit=x", "after=-1", "after=99999999999999999999", "limit=",
                "limit=1&limit=2",
            ] {
                let answer = try await server.ask("potter", "GET", "/polls/?\(query)")
                #expect(answer.status == 422, "\(query)")
            }
        }
    }

    @Test func pollsAreChangedAndDeleted() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"old","choices":["a"]}"#)
            let changed = try await server.ask("potter", "PATCH", "/polls/1/", #"{"question":"new"}"#)
            #expect(changed.status == 200)
            #expect(try json(changed.body)["question"] as? String == "new")
            #expect(try await server.ask("potter", "DELETE", "/polls/1/").status == 204)
            #expect(try await server.ask("potter", "GET", "/polls/1/").status == 404)
            #expect(try await server.ask("potter", "DELETE", "/polls/1/").status == 404)
            #expect(try await server.ask("potter", "PATCH", "/polls/1/", #"{"question":"x"}"#).status == 404)
        }
    }

    @Test func choicesAreAddedAndListed() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q"}"#)
            let added = try await server.ask("potter", "POST", "/polls/1/choices/", #"{"choice":"c"}"#)
            #expect(added.status == 201)
            #expect(added.body == #"{"saved_object":{"id":1,"choice":"c","votes":0}}"#)
            let list = try await server.ask("potter", "GET", "/polls/1/choices")
            #expect(list.body == #"{"choices":[{"id":1,"choice":"c","votes":0}]}"#)
            #expect(try await server.ask("potter", "GET", "/polls/2/choices/").status == 404)
            #expect(try await server.ask("potter", "POST", "/polls/2/choices/", #"{"choice":"c"}"#).status == 404)
        }
    }

    @Test func votesCountOnceAKey() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q","choices":["a","b"]}"#)
            let first = try await server.ask("potter", "POST", "/polls/1/choices/1/vote/")
            #expect(first.status == 201)
            #expect(
                first.body
                    == #"{"saved_object":{"id":1,"choice":"a","votes":1},"choices":[{"id":1,"choice":"a","votes":1},{"id":2,"choice":"b","votes":0}]}"#
            )
            for _ in 0..<3 {
                let keyed = try await server.ask(
                    "potter",
                    "POST",
                    "/polls/1/choices/1/vote/",
                    headers: ["Idempotency-Key": "k1"]
                )
                #expect(keyed.status == 201)
                #expect(keyed.body.contains(#""saved_object":{"id":1,"choice":"a","votes":2}"#))
            }
            let elsewhere = try await server.ask(
                "potter",
                "POST",
                "/polls/1/choices/2/vote/",
                headers: ["Idempotency-Key": "k1"]
            )
            #expect(elsewhere.status == 409)
            #expect(try await server.ask("potter", "POST", "/polls/1/choices/9/vote/").status == 404)
            #expect(try await server.ask("potter", "POST", "/polls/2/choices/1/vote/").status == 404)
            let missing = try await server.ask(
                "potter",
                "POST",
                "/polls/2/choices/1/vote/",
                headers: ["Idempotency-Key": "k2"]
            )
            #expect(missing.status == 404)
            let badKey = try await server.ask(
                "potter",
                "POST",
                "/polls/1/choices/1/vote/",
                headers: ["Idempotency-Key": String(repeating: "k", count: 201)]
            )
            #expect(badKey.status == 400)
            let results = try await server.ask("potter", "GET", "/polls/1/results/")
            #expect(
                results.body
                    == #"{"id":1,"question":"q","votes":2,"results":[{"id":1,"choice":"a","votes":2,"share":1},{"id":2,"choice":"b","votes":0,"share":0.0000}]}"#
            )
        }
    }

    @Test func manyVotesAtOnceAreAllCounted() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await server.ask("potter", "POST", "/polls/", #"{"question":"q","choices":["a"]}"#)
            try await withThrowingTaskGroup(of: UInt.self) { group in
                for number in 0..<200 {
                    let headers = number < 100 ? ["Idempotency-Key": "same-\(number % 10)"] : [:]
                    group.addTask {
                        try await server.ask("potter", "POST", "/polls/1/choices/1/vote/", headers: headers).status
                    }
                }
                for try await status in group { #expect(status == 201) }
            }
            let choices = try await server.ask("potter", "GET", "/polls/1/choices/")
            #expect(choices.body == #"{"choices":[{"id":1,"choice":"a","votes":110}]}"#)
        }
    }

    @Test func writingNeedsAToken() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let token = try await server.provisioner.makeClosed("thor")
            let other = try await server.provisioner.makeClosed("loki")
            let bearer = { (token: String) in ["Authorization": "Bearer \(token)"] }
            for name in ["thor", "loki"] { try await server.client.await(200, of: name) }
            let body = #"{"question":"q","choices":["a"]}"#
            let refused = try await server.ask("thor", "POST", "/polls/", body)
            #expect(refused.status == 401)
            #expect(refused.headers["www-authenticate"] == "Bearer")
            for wrong in ["", "x", other, token + "x"] {
                #expect(try await server.ask("thor", "POST", "/polls/", body, headers: bearer(wrong)).status == 401)
            }
            #expect(try await server.ask("thor", "POST", "/polls/", body, headers: bearer(token)).status == 201)
            #expect(try await server.ask("thor", "GET", "/polls/").status == 200)
            #expect(try await server.ask("thor", "POST", "/polls/1/choices/1/vote/").status == 201)
            for (method, path, json) in [
                ("PATCH", "/polls/1/", body), ("DELETE", "/polls/1/", nil), ("POST", "/polls/1/choices/", body),
            ] as [(String, String, String?)] {
                #expect(try await server.ask("thor", method, path, json).status == 401, "\(method) \(path)")
            }
        }
    }

    @Test func onlyTheSettingItselfOpensATenant() async throws {
        try await TestServer.with { server in
            let settings = [#"{"note": {"open": true}}"#, #"{"open": "true"}"#, #"{"open": false}"#, "{}"]
            for (index, text) in settings.enumerated() {
                _ = try await server.provisioner.create(
                    NewTenant(name: TenantName("t\(index)"), settings: JSONText(text), withToken: false)
                )
            }
            for index in settings.indices {
                try await server.client.await(200, of: "t\(index)")
                let answer = try await server.ask("t\(index)", "POST", "/polls/", #"{"question":"q"}"#)
                #expect(answer.status == 401, "\(settings[index])")
            }
        }
    }

    private static let refused: [(String, String, UInt)] = [
        ("GET", "/", 404), ("GET", "/polls/0/", 404), ("GET", "/polls/x/", 404), ("GET", "/polls/-1/", 404),
        ("GET", "/polls/99999999999999999999/", 404), ("GET", "/polls//", 404), ("GET", "/polls/1/nothing/", 404),
        ("GET", "/polls/1/", 404), ("GET", "/nothing", 404), ("DELETE", "/polls/", 405), ("PUT", "/polls/1/", 405),
        ("POST", "/polls/1/results/", 405), ("GET", "/polls/1/choices/1/vote/", 405), ("POST", "/livez", 405),
        ("GET", "/polls/%31/", 404), ("GET", "/../polls/", 404),
    ]

    @Test func otherAddressesAreRefused() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            for (method, path, status) in Self.refused {
                let answer = try await server.ask("potter", method, path)
                #expect(answer.status == status, "\(method) \(path)")
                #expect(answer.headers["content-type"] == "application/problem+json", "\(method) \(path)")
                if status == 405 { #expect(answer.headers["allow"] != nil, "\(method) \(path)") }
            }
        }
    }

    @Test func badBodiesAreRefused() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let long = String(repeating: "x", count: 257)
            let cases: [(String, UInt, String?)] = [
                ("", 400, nil), ("{", 400, nil), ("nope", 400, nil), ("[]", 422, ""), ("1e400", 422, ""),
                ("{}", 422, "question"), (#"{"question":1}"#, 422, "question"),
                (#"{"question":null}"#, 422, "question"),
                (#"{"question":""}"#, 422, "question"), ("{\"question\":\"\(long)\"}", 422, "question"),
                (#"{"question":"a\u0000b"}"#, 422, "question"), (#"{"question":"\ud800"}"#, 400, nil),
                (#"{"question":"a","question":"b"}"#, 400, nil), (#"{"question":"a","id":5}"#, 422, "id"),
                (#"{"question":"a","publish_date":"yesterday"}"#, 422, "publish_date"),
                (#"{"question":"a","publish_date":"2026-02-30T00:00:00Z"}"#, 422, "publish_date"),
                (#"{"question":"a","choices":"b"}"#, 422, "choices"),
                (#"{"question":"a","choices":[1]}"#, 422, "choices"),
                (String(repeating: "[", count: 60_000), 400, nil),
                (#"{"question":9223372036854775808}"#, 422, "question"),
            ]
            for (body, status, field) in cases {
                let answer = try await server.ask("potter", "POST", "/polls/", body)
                #expect(answer.status == status, "\(body.prefix(60))")
                if let field { #expect(try json(answer.body)["field"] as? String == field, "\(body.prefix(60))") }
            }
            let big = try await server.ask(
                "potter",
                "POST",
                "/polls/",
                "{\"question\":\"\(String(repeating: "x", count: 70_000))\"}"
            )
            #expect(big.status == 413)
            let text = try await server.ask(
                "potter",
                "POST",
                "/polls/",
                #"{"question":"a"}"#,
                headers: ["Content-Type": "text/plain"]
            )
            #expect(text.status == 415)
            for (name, value) in [("Content-Encoding", "gzip"), ("Content-Type", "applic ation/json")] {
                let answer = try await server.ask(
                    "potter",
                    "POST",
                    "/polls/",
                    #"{"question":"a"}"#,
                    headers: [name: value]
                )
                #expect(answer.status == 415, "\(name): \(value)")
            }
            #expect(try await server.ask("potter", "GET", "/polls/").body == #"{"questions":[],"next":null}"#)
        }
    }

    @Test func textsComeBackAsTheyWent() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let texts = [
                "'; drop table question; --", "<script>alert(1)</script>", "\u{202E}right\u{0007}", "ﷺ🏳️‍🌈",
                String(repeating: "😀", count: 256), "a\u{FEFF}b", "\\u0041", "%00", "\"", "\t\n\r",
            ]
            for text in texts {
                let body = String(
                    decoding: try JSONSerialization.data(withJSONObject: ["question": text]),
                    as: UTF8.self
                )
                let answer = try await server.ask("potter", "POST", "/polls/", body)
                #expect(answer.status == 201)
            }
            let list = try json(try await server.ask("potter", "GET", "/polls/").body)
            let got = (list["questions"] as? [[String: Any]] ?? []).map { $0["question"] as? String }
            #expect(got == texts)
        }
    }

    @Test func theBareDomainListsNobody() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let about = try await server.ask("", "GET", "/", host: "polls.localhost")
            #expect(about.status == 200)
            #expect(!about.body.contains("potter"))
            #expect(try await server.ask("", "GET", "/polls/", host: "polls.localhost").status == 404)
            for host in ["polls.localhost", "potter.polls.localhost", "127.0.0.1", "nobody.example"] {
                #expect(try await server.ask("", "GET", "/livez", host: host).status == 200)
                #expect(try await server.ask("", "GET", "/readyz", host: host).status == 200)
            }
        }
    }

    @Test func unknownHostsAreAllTheSame() async throws {
        try await TestServer.with(open: ["potter", "gone"]) { server in
            _ = try await server.provisioner.drop(.init("gone"))
            try await server.client.await(404, of: "gone")
            var bodies: Set<String> = []
            for host in ["never", "gone", "www", "public", "polls-control", "a--b", String(repeating: "x", count: 50)] {
                let answer = try await server.ask(host, "GET", "/polls/")
                #expect(answer.status == 404, "\(host)")
                bodies.insert(answer.body)
            }
            #expect(bodies.count == 1)
        }
    }

    @Test func aSuspendedTenantIsAway() async throws {
        try await TestServer.with(open: ["potter", "thor"]) { server in
            try await server.provisioner.suspend(.init("potter"))
            let away = try await server.client.await(503, of: "potter")
            #expect(away.headers["retry-after"] != nil)
            #expect(try await server.ask("thor", "GET", "/polls/").status == 200)
            try await server.provisioner.resume(.init("potter"))
            try await server.client.await(200, of: "potter")
        }
    }

    @Test func aNewTenantIsServedAtOnce() async throws {
        try await TestServer.with { server in
            #expect(try await server.ask("frodo", "GET", "/polls/").status == 404)
            try await server.provisioner.makeOpen("frodo")
            try await server.client.await(200, of: "frodo")
        }
    }

    /// The vote has found the choice, and waits for whoever is deleting it.
    @Test(arguments: [[:], ["Idempotency-Key": "late"]])
    func aVoteForWhatIsBeingDeletedFindsNothing(headers: [String: String]) async throws {
        // A lock is waited for a fifth of it.
        try await TestServer.with(open: ["potter"], change: { $0.timeout = .seconds(300) }) { server in
            let made = try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?","choices":["yes"]}"#)
            #expect(made.status == 201)
            let vote = try await server.operatorClient.withTransaction { connection in
                _ = try await connection.query("delete from potter.question where id = 1")
                let vote = Task {
                    try await server.ask("potter", "POST", "/polls/1/choices/1/vote/", headers: headers)
                }
                let waits = try await eventually {
                    try await server.operatorClient.query(
                        """
                        select from pg_stat_activity where datname = current_database()
                            and application_name = 'polls-server' and wait_event_type = 'Lock'
                        """
                    ).count == 1
                }
                #expect(waits, "the vote does not wait")
                return vote
            }
            #expect(try await vote.value.status == 404)
        }
    }
}
