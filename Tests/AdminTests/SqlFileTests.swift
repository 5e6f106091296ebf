import TestSupport
import Testing

/// Statements that come from a file.
@Suite struct SqlFileTests {
    @Test func aFileIsRunAsWhatStandsOnTheCommandLine() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter", "--no-token")
            let made = try await admin.shell(
                #"""
                bash -c '"$ADMIN" sql potter --json --file <(printf "%s\n" \
                    "insert into question (question) values (\$\$one;\$\$); -- the first" \
                    "select question from question")'
                """#
            )
            #expect(made.output == "{\"affected\":1}\n[{\"question\":\"one;\"}]\n", "\(made)")
            let piped = try await admin.shell(
                "echo 'select count(*) as n from question' | $ADMIN sql potter --file - --json"
            )
            #expect(piped.code == 0 && piped.output == "[{\"n\":1}]\n", "\(piped)")
        }
    }

    @Test func whatControlsTheTransactionIsRefusedBeforeAnythingRuns() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter", "--no-token")
            let refused = try await admin.shell(
                #"printf "insert into question (question) values ('a');\ncommit;\n" | $ADMIN sql potter --file -"#
            )
            #expect(refused.code == 1 && refused.errors.contains("line 2: COMMIT"), "\(refused)")
            let failed = try await admin.shell(
                #"printf "insert into question (question) values ('a');\nselect 1/0;\n" | $ADMIN sql potter --file -"#
            )
            #expect(failed.code == 1 && failed.errors.contains("division by zero"), "\(failed)")
            #expect(try await admin.run("sql", "potter", "select id from question").output.contains("(0 rows)"))
        }
    }

    @Test(arguments: ["", "'select 1' --file -", "--file /nonsense"]) func exactlyOneOfBoth(arguments: String)
        async throws
    {
        try await Admin.with { admin in
            let outcome = try await admin.shell("echo 'select 1' | $ADMIN sql potter \(arguments)")
            #expect(outcome.code == 2 && outcome.output.isEmpty, "\(outcome)")
        }
    }
}
