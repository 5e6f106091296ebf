import FoundationEssentials
import Postgres
import TestSupport
import Testing

/// The other commands, as a program or a person runs them.
@Suite struct CommandTests {
    @Test func initPrintsTheAppsURLOnce() async throws {
        try await Admin.with(initialised: false) { admin in
            let login = "app_" + UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(20)
            let first = try json(try await admin.run("init", "--app-login", login, "--json").output)
            guard case .string(let url)? = first["app_url"] else { throw Admin.Failed(errors: "no URL") }
            #expect(url.contains("postgresql://\(login):"))
            let second = try await admin.run("init", "--json")
            #expect(second.code == 0)
            guard case .string(let again)? = try json(second.output)["app_url"] else {
                throw Admin.Failed(errors: "no URL")
            }
            #expect(again.contains("postgresql://\(login)@"), "no password the second time")
            #expect(try await admin.run("init", "--no-tenant-roles").code == 1)
            try await admin.client.withConnection {
                let login = try Identifier(login)
                _ = try await $0.execute(script: "drop owned by \(login); drop role \(login)")
            }
        }
    }

    @Test func thePasswordComesFromAFile() async throws {
        try await Admin.with { admin in
            let outcome = try await admin.shell("printf 'correct-horse-battery\\n' | $ADMIN init --app-password-file -")
            #expect(outcome.code == 0, "\(outcome)")
            #expect(!outcome.output.contains("correct-horse"))
            #expect(try await admin.run("init", "--app-password-file", "/nonsense").code == 2)
        }
    }

    @Test func listAndShow() async throws {
        try await Admin.with { admin in
            #expect(try await admin.run("list", "--json").output == "[]\n")
            _ = try await admin.run("create-schema", "potter", "thor", "--open")
            let table = try await admin.run("list").output.split(separator: "\n")
            try #require(table.count == 3)
            #expect(table[0].hasPrefix("NAME    STATE"))
            #expect(table[1].hasPrefix("potter  active"))
            let show = try json(try await admin.run("show", "potter", "--json").output)
            guard case .object(let tenant)? = show["tenant"] else { throw Admin.Failed(errors: "no tenant") }
            #expect(tenant["name"] == .string("potter"))
            #expect(tenant["open"] == .bool(true))
            #expect(try await admin.run("show", "frodo").code == 1)
        }
    }

    @Test func namesComeFromAPipe() async throws {
        try await Admin.with { admin in
            let bash = #"bash -c '"$ADMIN" create-schema --no-token --file <(printf "potter\n# thor\n\n frodo \n")'"#
            let made = try await admin.shell(bash)
            #expect(made.code == 0 && made.output.contains("frodo"), "\(made)")
            let bad = try await admin.shell(#"printf 'a\nB\n' | $ADMIN create-schema --file -"#)
            #expect(bad.code == 2 && bad.errors.hasPrefix("polls-admin: standard input:2: \"B\""), "\(bad)")
            #expect(!bad.errors.contains("Usage"))
        }
    }

    /// A token that nobody could read is no success, and nothing is printed into another file.
    @Test(arguments: [">/dev/full", ">&-"]) func outputThatIsLostIsAFailure(redirection: String) async throws {
        try await Admin.with { admin in
            let outcome = try await admin.shell("$ADMIN create-schema potter \(redirection)")
            #expect(outcome.code == 1 && outcome.errors.contains("it is done, but"), "\(outcome)")
            #expect(try await admin.run("show", "potter").code == 0)
        }
    }

    @Test func columnsOfOneNameAreKeptApart() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter")
            let rows = try await admin.run("sql", "potter", "select 1 as a, 2 as a, 3 as a_2, 4 as a", "--json")
            #expect(rows.output == "[{\"a\":1,\"a_3\":2,\"a_2\":3,\"a_4\":4}]\n", "\(rows)")
        }
    }

    @Test(arguments: [
        ("", 2, "no statement"), (" ; -- nothing", 2, "no statement"), ("copy question to stdout", 1, "psql"),
        ("select from polls_control.tenant", 1, "tenant potter may not"),
        ("create table x ()", 1, "tenant potter may not"),
    ]) func whatSQLMayNotBeIsSaid(statement: String, code: Int32, words: String) async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter")
            let outcome = try await admin.run("sql", "potter", statement)
            #expect(outcome.code == code && outcome.errors.contains(words), "\(outcome)")
        }
    }

    @Test func suspendAndResume() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter")
            #expect(
                try json(try await admin.run("suspend", "potter", "--json").output)["state"] == .string("suspended")
            )
            #expect(try await admin.run("resume", "potter").output == "potter is active.\n")
            #expect(try await admin.run("suspend", "frodo").code == 1)
        }
    }

    @Test func droppingNeedsAYesOrThePersonsWord() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter", "thor")
            #expect(try await admin.shell("$ADMIN drop-schema potter </dev/null").code == 2)
            #expect(try await admin.run("drop-schema", "potter", "--yes").code == 0)
            #expect(try await admin.run("drop-schema", "potter", "--yes").code == 1)
            let wrong = try await admin.shell(Self.type("potter", at: "$ADMIN drop-schema thor"))
            #expect(wrong.code == 1, "\(wrong)")
            let right = try await admin.shell(Self.type("thor", at: "$ADMIN drop-schema thor"))
            #expect(right.code == 0, "\(right)")
            #expect(try await admin.run("list", "--json").output == "[]\n")
        }
    }

    /// Runs a command on a terminal, and types a word once it has been asked for.
    private static func type(_ word: String, at command: String) -> String {
        """
        seen=$(mktemp)
        (for _ in $(seq 6000); do grep -q 'Type its name' $seen && break; sleep 0.02; done; echo \(word)) |
            script -qefc '\(command)' /dev/null >$seen
        code=$?
        cat $seen; rm $seen
        exit $code
        """
    }

    @Test func migrateGoesOnAfterAFailure() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter", "thor")
            let none = try await admin.run("migrate")
            #expect(none.code == 0, "\(none)")
            // As if they had been made before the first migration: thor's tables are still in the way.
            try await admin.client.withConnection {
                _ = try await $0.execute(
                    script: """
                        drop schema potter cascade;
                        create schema potter;
                        delete from polls_control.tenant_migration;
                        update polls_control.tenant set schema_version = 0,
                            schema_oid = (select oid from pg_namespace where nspname = schema_name);
                        """
                )
            }
            let plan = try await admin.run("migrate", "--dry-run")
            #expect(plan.code == 0)
            #expect(plan.output.split(separator: "\n").count == 3)
            let status = try json(try await admin.run("status", "--json").output)
            guard case .array(let behind)? = status["behind"] else { throw Admin.Failed(errors: "no list") }
            #expect(behind.count == 2)
            let outcome = try await admin.run("migrate", "--json")
            #expect(outcome.code == 3, "\(outcome)")
            #expect(outcome.errors.contains("thor"))
            let result = try json(outcome.output)
            guard case .array(let migrated)? = result["migrated"] else { throw Admin.Failed(errors: "no list") }
            #expect(migrated.count == 1)
            #expect(try await admin.run("migrate").code == 1, "only thor is left, and fails")
            #expect(try await admin.run("migrate", "frodo").code == 1)
        }
    }

    /// What migrate does not take up is not behind.
    @Test func whatIsHalfMadeIsNotBehind() async throws {
        try await Admin.with { admin in
            _ = try await admin.client.query(
                """
                insert into polls_control.tenant (id, name, schema_name, level, state)
                values (gen_random_uuid(), 'thor', 'thor', 'container', 'creating')
                """
            )
            let status = try await admin.run("status")
            #expect(status.code == 0 && !status.output.contains("thor"), "\(status)")
            let result = try json(try await admin.run("status", "--json").output)
            #expect(result["behind"] == .array([]) && result["changing"] == .number(1), "\(result)")
        }
    }

    /// Where the service file or the numeric address says where the server is, the printed URL says so too.
    @Test func theURLThatInitPrintsLeadsToTheSameServer() async throws {
        try await Admin.with(initialised: false) { admin in
            let folder = "/tmp/polls-test-\(TestRegistry.uniqueLogin())"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let lines = try ConnectionString(admin.configuration.connectionString).values
                .filter { ["host", "port", "user", "dbname"].contains($0.key) }.map { "\($0.key)=\($0.value)" }
            let text = (["[fleet]"] + lines).joined(separator: "\n") + "\n"
            try text.write(toFile: folder + "/services", atomically: true, encoding: .utf8)
            let login = TestRegistry.uniqueLogin()
            let service = "export PGSERVICEFILE=\(folder)/services"
            let made = try await admin.shell(
                "\(service); $ADMIN init --json --database-url service=fleet --app-login \(login)"
            )
            #expect(made.code == 0, "\(made)")
            guard case .string(let url)? = try json(made.output)["app_url"] else {
                throw Admin.Failed(errors: made.output)
            }
            let asked = try await admin.shell("\(service); psql -XAt -d '\(url)' -c 'select current_user'")
            #expect(asked.output == login + "\n", "\(url): \(asked)")
            try await TestRegistry.dropRoles(admin.client)
        }
    }

    /// Which tenant alone is served is a server's affair: the tool makes others beside it, in the same private cluster.
    @Test func theOnlyTenantOfAServerIsOneOfThePrivateCluster() async throws {
        let folder = "/tmp/polls-test-\(TestRegistry.uniqueLogin())"
        let script = """
            export POLLS_DATA=\(folder) POLLS_TENANT=potter
            $ADMIN create-schema potter thor --no-token || exit 1
            PORT=0 $SERVER 2> "$POLLS_DATA/log" &
            for _ in $(seq 600); do
                port=$(sed -n 's|.*address=http://.*:\\([0-9]*\\)/.*|\\1|p' "$POLLS_DATA/log" | head -n 1)
                potter=$(curl -s -o /dev/null -w '%{http_code}' -H Host:potter.polls.localhost "127.0.0.1:$port/polls/")
                [ "$potter" = 200 ] && break
                sleep 0.05
            done
            thor=$(curl -s -o /dev/null -w '%{http_code}' -H Host:thor.polls.localhost "127.0.0.1:$port/polls/")
            kill $! && wait $!
            echo "$potter $thor"
            """
        let environment = [
            "PATH": "/usr/bin:/bin", "ADMIN": Admin.program, "SERVER": Program.path("polls-server"),
        ]
        let outcome = try await Admin.run("/bin/sh", ["-c", script], environment)
        #expect(outcome.code == 0 && outcome.output.hasSuffix("200 404\n"), "\(outcome)")
        let home = (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/cluster")) ?? folder
        for path in Set([home, folder]) { try FileManager.default.removeItem(atPath: path) }
    }

    /// A line that goes on in the source is none that ends in a backslash on the terminal.
    @Test func noPageOfTheManualHasABackslash() async throws {
        let manual = try await Admin.run(
            "/bin/sh",
            ["-c", "$ADMIN --experimental-dump-help"],
            ["PATH": "/usr/bin:/bin", "ADMIN": Admin.program]
        )
        #expect(manual.code == 0 && manual.output.contains("servers"))
        // As JSON has it.
        #expect(!manual.output.contains(#"\\"#))
    }

    @Test(arguments: [
        ("create potter", "Did you mean create-schema?"), ("help create-shema", "Did you mean create-schema?"),
        ("lst", "Did you mean list?"), ("frobnicate", "polls-admin --help"),
    ]) func aMistypedCommandIsWrongUse(arguments: String, advice: String) async throws {
        let outcome = try await Admin.run(
            "/bin/sh",
            ["-c", "$ADMIN \(arguments)"],
            ["PATH": "/usr/bin:/bin", "ADMIN": Admin.program]
        )
        #expect(outcome.code == 2 && outcome.output.isEmpty && outcome.errors.contains(advice), "\(outcome)")
    }

    @Test func sqlPrintsATableOrJSON() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter")
            let insert = try await admin.run(
                "sql",
                "potter",
                "insert into question (question) values ('Tea?'), (E'two\\nlines')",
                "--json"
            )
            #expect(insert.output == #"{"affected":2}"# + "\n")
            let table = try await admin.run("sql", "potter", "select id, question from question order by id")
            #expect(table.errors == "")
            #expect(table.output == "id  question\n1   Tea?\n2   two\\nlines\n(2 rows)\n")
            let rows = try await admin.run(
                "sql",
                "potter",
                "--json",
                "select 1 as n, 1.5::float8 as f, true as b, null as x, '{\"a\":[1]}'::jsonb as j, 'ü\"' as t"
            )
            #expect(
                try JSONDecoder().decode(JSONValue.self, from: Data(rows.output.utf8))
                    == .array([
                        .object([
                            "n": .number(1), "f": .number(1.5), "b": .bool(true), "x": .null,
                            "j": .object(["a": .array([.number(1)])]), "t": .string("ü\""),
                        ])
                    ])
            )
            let bad = try await admin.run("sql", "potter", "select 1/0")
            #expect(bad.code == 1)
            #expect(bad.errors.contains("division by zero"))
            let ending = try await admin.run("sql", "potter", "delete from question; commit; select current_user")
            #expect(ending.code == 1)
            #expect(ending.output.isEmpty && ending.errors.contains("COMMIT"), "\(ending)")
            #expect(try await admin.run("sql", "potter", "select id from question").output.contains("(2 rows)"))
        }
    }

    @Test func psqlIsInsideOfTheTenant() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "pot-ter")
            let outcome = try await admin.run(
                "psql",
                "pot-ter",
                "--",
                "-XAtc",
                "select current_user ~ '^tenant_pot-ter_', current_schema(), count(*) from question"
            )
            #expect(outcome.code == 0, "\(outcome)")
            #expect(outcome.output == "t|pot-ter|0\n")
            let failing = try await admin.run("psql", "pot-ter", "--", "-Xc", "select 1/0")
            #expect(failing.code == 1)
        }
    }
}
