import FoundationEssentials
import TestSupport
import Testing

/// Renaming with the real tool, before a server that serves.
@Suite(.timeLimit(.minutes(10))) struct RenameTests {
    @Test func theOldNameIsNobodysAndTheNewOneServes() async throws {
        try await TestServer.with(open: ["thor"]) { server in
            let made = try await server.admin("$ADMIN create-schema potter --json --domain potter.example")
            guard case .string(let token)? = try json(made.output)["token"] else {
                throw Admin.Failed(errors: "\(made)")
            }
            try await server.client.await(200, of: "potter")
            let renamed = try await server.admin("$ADMIN rename potter harry --json")
            #expect(renamed.code == 0, "\(renamed)")
            let result = try json(renamed.output)
            #expect(result["name"] == .string("harry") && result["was"] == .string("potter"), "\(renamed)")
            try await server.client.await(200, of: "harry")
            try await server.client.await(404, of: "potter")
            let written = try await server.ask(
                "harry",
                "POST",
                "/polls/",
                #"{"question":"Tea?"}"#,
                headers: ["Authorization": "Bearer \(token)"]
            )
            #expect(written.status == 201, "\(written)")
            let own = try await server.ask("", "GET", "/polls/", host: "potter.example")
            #expect(own.status == 200 && own.body.contains("Tea?"), "\(own)")

            // The old name is a newcomer's; what was the tenant's stays with it.
            #expect(try await server.admin("$ADMIN create-schema potter --open").code == 0)
            #expect(try await server.client.await(200, of: "potter").body.contains("Tea?") == false)
            #expect(try await server.ask("", "GET", "/polls/", host: "potter.example").body.contains("Tea?"))
            for command in [
                "show harry", "sql harry 'select * from question'", "psql harry -- -XAtc 'table question'",
                "token harry", "suspend harry", "resume harry", "migrate harry", "list",
            ] {
                let outcome = try await server.admin("$ADMIN \(command)")
                #expect(outcome.code == 0, "\(command): \(outcome)")
            }
            let psql = try await server.admin("$ADMIN psql harry -- -XAtc 'select question from question'")
            #expect(psql.output == "Tea?\n", "\(psql)")
            #expect(try await server.admin("$ADMIN drop-schema harry --yes").code == 0)
            #expect(try await server.client.await(404, of: "harry").status == 404)
            #expect(try await server.ask("", "GET", "/polls/", host: "potter.example").status == 404)
            #expect(try await server.ask("potter", "GET", "/polls/").status == 200)
        }
    }

    /// A host of its own goes on being answered while the name changes under it, and every vote counts once.
    @Test func nobodyNoticesUnderADomainOfItsOwn() async throws {
        try await TestServer.with { server in
            _ = try await server.admin("$ADMIN create-schema a0 --open --domain polls.example")
            try await server.client.await(200, of: "a0")
            let poll = #"{"question":"Tea?","choices":["yes"]}"#
            #expect(try await server.ask("a0", "POST", "/polls/", poll).status == 201)
            let votes = try await withThrowingTaskGroup(of: Int.self) { group in
                for voter in 0..<4 {
                    group.addTask {
                        var votes = 0
                        while !Task.isCancelled {
                            let key = "\(voter)-\(votes)"
                            // Told to stop, not cancelled: a vote that is given up half way may have been counted.
                            let vote = Task {
                                try await server.ask(
                                    "",
                                    "POST",
                                    "/polls/1/choices/1/vote/",
                                    headers: ["Idempotency-Key": key],
                                    host: "polls.example"
                                )
                            }
                            let answer = try await vote.value
                            #expect(answer.status == 201, "\(answer)")
                            votes += 1
                        }
                        return votes
                    }
                }
                for number in 0..<20 {
                    try await server.fleet.rename(.init("a\(number)"), to: .init("a\(number + 1)"))
                }
                group.cancelAll()
                return try await group.reduce(0, +)
            }
            let counted = try await server.operatorClient.query("select votes from a20.choice").decodeOne(Int64.self)
            #expect(counted == Int64(votes))
        }
    }

    /// Killed at any point, it has one name or the other, everywhere.
    @Test func aKilledOneLeavesOneName() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            for _ in 0..<20 {
                let rows = try await server.operatorClient.query("select name from polls_control.tenant")
                let now = try rows.decodeOne(String.self)
                let next = now == "potter" ? "harry" : "potter"
                let delay = Double.random(in: 0.01...0.08)
                _ = try await server.admin("timeout --signal=KILL \(delay) $ADMIN rename \(now) \(next)")
                try await server.settle()
                let (name, schema, isOwn) = try await server.operatorClient.query(
                    """
                    select name, schema_name, (select nspname from pg_namespace where oid = schema_oid) = name
                    from polls_control.tenant
                    """
                ).decodeOne(String.self, String.self, Bool.self)
                #expect([now, next].contains(name) && schema == name && isOwn, "after \(delay) s: \(name), \(schema)")
                let other = name == "potter" ? "harry" : "potter"
                try await server.client.await(200, of: name)
                try await server.client.await(404, of: other)
                let outcome = try await server.admin("$ADMIN sql \(name) 'select 1'")
                #expect(outcome.code == 0, "\(outcome)")
            }
        }
    }

    @Test(arguments: [
        ("potter potter", "already"), ("potter Harry", "no tenant name"), ("potter www", "reserved"),
        ("potter", "name"),
    ]) func wrongUseIsTwo(arguments: String, words: String) async throws {
        let outcome = try await Admin.run(
            "/bin/sh",
            ["-c", "$ADMIN rename \(arguments)"],
            ["PATH": "/usr/bin:/bin", "ADMIN": Admin.program, "DATABASE_URL": "host=/nowhere"]
        )
        #expect(outcome.code == 2 && outcome.errors.contains(words), "\(outcome)")
    }
}
