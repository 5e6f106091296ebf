import TestSupport
import Testing

@testable import polls_admin

/// Which tenants `list` shows.
@Suite struct ListFilterTests {
    @Test(arguments: [
        ("potter", "potter", true), ("potter", "pot", false), ("potter", "pot*", true), ("potter", "*ter", true),
        ("potter", "p*t*r", true), ("potter", "*", true), ("potter", "*tt*", true), ("potter", "p**r", true),
        ("pot", "pot*t", false), ("aba", "ab*ba", false), ("abba", "ab*ba", true), ("potter", "*x*", false),
        ("potter", "thor*", false), ("a-b-c", "a*b*c", true), ("abc", "a*c*b", false),
    ]) func aStarStandsForAnyText(name: String, pattern: String, isLike: Bool) {
        #expect(TenantFilter.matches(name, pattern) == isLike)
    }

    @Test func onlyWhatIsAskedForIsShown() async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "potter", "pottery", "thor", "--no-token")
            _ = try await admin.run("create-schema", "odin", "--no-token", "--level", "database")
            _ = try await admin.run("suspend", "pottery", "thor")
            _ = try await admin.client.query(
                "update polls_control.tenant set schema_version = 0 where name in ('potter', 'thor')"
            )
            for (arguments, names) in [
                ("", "odin potter pottery thor"), ("thor potter", "potter thor"), ("'pot*'", "potter pottery"),
                ("'*er*'", "potter pottery"), ("--state suspended", "pottery thor"), ("--level database", "odin"),
                ("--level schema --state active", "potter"), ("--behind", "potter thor"),
                ("--behind --state suspended", "thor"), ("'pot*' thor --state suspended", "pottery thor"),
                ("--level database@asgard", ""), ("frodo", ""),
            ] {
                let outcome = try await admin.shell(
                    "$ADMIN list \(arguments) --json | tr '{,' '\\n\\n' | sed -n 's/^\"name\":\"\\(.*\\)\"$/\\1/p'"
                )
                #expect(
                    outcome.code == 0 && outcome.output.split(separator: "\n").joined(separator: " ") == names,
                    "\(arguments): \(outcome)"
                )
            }
            let nobody = try await admin.run("list", "frodo")
            #expect(nobody.code == 0 && nobody.output == "None of 4 tenants is what was asked for.\n", "\(nobody)")
            #expect(try await admin.run("drop-schema", "odin", "--yes").code == 0)
        }
    }

    @Test(arguments: [["--state", "happy"], ["--level", "cloud"], ["Potter"], ["a b"]])
    func whatCannotBeIsWrongUse(arguments: [String]) async throws {
        let outcome = try await Admin.run(
            Admin.program,
            ["list"] + arguments,
            ["PATH": "/usr/bin:/bin", "DATABASE_URL": "host=/nowhere"]
        )
        #expect(outcome.code == 2 && outcome.errors.hasPrefix("polls-admin: "), "\(outcome)")
    }
}
