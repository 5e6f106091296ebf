import FoundationEssentials
import TestSupport
import Testing

@Suite struct CreateSchemaTests {
    @Test func printsTheURLAndOnceTheToken() async throws {
        try await Admin.with { admin in
            let outcome = try await admin.run(
                "create-schema",
                "potter",
                "--port",
                "9090",
                "--base-domain",
                "polls.test"
            )
            #expect(outcome.code == 0, "\(outcome)")
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.first == "http://potter.polls.test:9090/polls/")
            let token = try #require(lines.last?.split(separator: " ").last)
            #expect(token.wholeMatch(of: /polls_[A-Za-z0-9_-]{43}/) != nil)
            let kept = try await admin.client.query(
                "select count(*) from potter.api_token where hash = sha256(convert_to(\(String(token)), 'UTF8'))"
            )
            #expect(try kept.decodeOne(Int64.self) == 1)
        }
    }

    @Test func anExistingNameIsOneAndIfNotExistsIsNone() async throws {
        try await Admin.with { admin in
            let first = try await admin.run("create-schema", "potter", "--no-token")
            #expect(first.code == 0, "\(first)")
            let again = try await admin.run("create-schema", "potter")
            #expect(again.code == 1)
            #expect(again.errors.contains("exists"))
            #expect(again.output.isEmpty)
            let allowed = try await admin.run("create-schema", "potter", "--if-not-exists", "--json")
            #expect(allowed.code == 0)
            #expect(try json(allowed.output)["created"] == .bool(false))
            #expect(allowed.errors.isEmpty)
            let elsewhere = try await admin.run("create-schema", "potter", "--if-not-exists", "--level", "database")
            #expect(elsewhere.code == 1 && elsewhere.errors.contains("move potter --to database"), "\(elsewhere)")
        }
    }

    @Test func someOfManyIsThree() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter")
            let outcome = try await admin.run("create-schema", "potter", "thor", "frodo", "--json", "--open")
            #expect(outcome.code == 3)
            let lines = try outcome.output.split(separator: "\n").map { try json($0) }
            #expect(lines.count == 3)
            #expect(lines.filter { $0["created"] == .bool(true) }.count == 2)
            let failure = try #require(lines.first { $0["created"] == .bool(false) })
            guard case .object(let error)? = failure["error"] else { throw Admin.Failed(errors: outcome.output) }
            #expect(error["code"] == .string("tenantExists"))
            let open = try await admin.client.query(
                "select name from polls_control.tenant where settings = '{\"open\": true}' order by name"
            )
            #expect(try open.decode(String.self) == ["frodo", "thor"])
        }
    }

    @Test func namesComeFromAFile() async throws {
        try await Admin.with { admin in
            let outcome = try await admin.shell(
                "printf 'potter\\r\\n# no name\\r\\n\\n thor # one\\r\\n' | $ADMIN create-schema --file -"
            )
            #expect(outcome.code == 0, "\(outcome)")
            #expect(outcome.output.split(separator: "\n").count == 3, "a header and two rows")
            let bad = try await admin.shell("printf 'frodo\\nSam\\n' | $ADMIN create-schema --file -")
            #expect(bad.code == 2)
            #expect(bad.errors.contains("standard input:2"))
            #expect(try await admin.client.query("select from polls_control.tenant").count == 2, "frodo was not made")
        }
    }

    /// Whose token nobody could read is of no use: few are made in vain.
    @Test(arguments: ["", "--json"]) func outputThatIsLostEndsAList(format: String) async throws {
        try await Admin.with { admin in
            let outcome = try await admin.shell(
                "seq -f name%.0f 30 | $ADMIN create-schema --file - \(format) >/dev/full"
            )
            #expect(outcome.code == 1, "\(outcome)")
            #expect(outcome.errors.contains("no further tenant was begun"), "\(outcome)")
            let made = try await admin.client.query("select from polls_control.tenant").count
            #expect((1...4).contains(made), "\(made) tenants were made")
        }
    }

    @Test func aDomainIsTheTenantsOwn() async throws {
        try await Admin.with { admin in
            let outcome = try await admin.run("create-schema", "potter", "--domain", "Polls.Example.com", "--json")
            #expect(try json(outcome.output)["domains"] == .array([.string("polls.example.com")]))
            let taken = try await admin.run("create-schema", "thor", "--domain", "polls.example.com")
            #expect(taken.code == 1)
            let words = "polls.example.com leads to another tenant already. Nothing was created.\n"
            #expect(taken.errors.contains(words), "\(taken)")
            let below = try await admin.run("create-schema", "thor", "--domain", "potter.polls.localhost")
            #expect(below.code == 2)
        }
    }

    @Test func aDatabaseWithoutRegistryAsksForInit() async throws {
        try await Admin.with(initialised: false) { admin in
            let outcome = try await admin.run("create-schema", "potter")
            #expect(outcome.code == 1)
            #expect(outcome.errors.contains("init"))
        }
    }

    @Test func killedAtAnyPointItLeavesNothingOrAWholeTenant() async throws {
        try await Admin.with { admin in
            let start = ContinuousClock.now
            _ = try await admin.run("create-schema", "undisturbed")
            let whole = (ContinuousClock.now - start) / .seconds(1)
            for number in 0..<20 {
                let name = "killed\(number)"
                let delay = Double.random(in: 0.001...(whole * 1.1))
                _ = try await admin.shell("timeout --signal=KILL \(delay) $ADMIN create-schema \(name)")
                try await admin.settle()
                let (rows, schemas, roles, tables, tokens) = try await admin.parts(of: name)
                let isWhole = rows == 1 && schemas == 1 && roles == 1 && tables >= 4 && tokens == 1
                let isNothing = rows == 0 && schemas == 0 && roles == 0 && tables == 0 && tokens == 0
                #expect(isWhole || isNothing, "after \(delay) s: \((rows, schemas, roles, tables, tokens))")
                // Either way the next attempt goes on from there.
                let again = try await admin.run("create-schema", name, "--if-not-exists")
                #expect(again.code == 0, "\(again)")
            }
        }
    }
}

extension Admin {
    /// Waits until the server has seen that a killed program has gone.
    func settle() async throws {
        let hasGone = try await eventually {
            try await client.query(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and application_name = 'polls-admin'
                """
            ).decodeOne(Int64.self) == 0
        }
        #expect(hasGone, "a killed program's connection is still there")
    }

    /// How many registry rows, schemas, roles, tables and tokens there are of a tenant.
    func parts(of name: String) async throws -> (Int64, Int64, Int64, Int64, Int64) {
        let (rows, schemas, roles, tables) = try await client.query(
            """
            select (select count(*) from polls_control.tenant where name = \(name) and state = 'active'),
                (select count(*) from pg_namespace where nspname = \(name)),
                (select count(*) from pg_roles r join pg_auth_members m on m.roleid = r.oid
                    where rolname like 'tenant\\_' || \(name) || '\\_%'
                        and m.member = (select oid from pg_roles, polls_control.setting where rolname = app_login)),
                (select count(*) from pg_tables where schemaname = \(name))
            """
        ).decodeOne(Int64.self, Int64.self, Int64.self, Int64.self)
        guard tables > 0 else { return (rows, schemas, roles, tables, 0) }
        // The last thing done in a tenant's schema.
        let tokens = try await client.query("select count(*) from \(unsafeRaw: name).api_token").decodeOne(Int64.self)
        return (rows, schemas, roles, tables, tokens)
    }
}
