import TestSupport
import Testing

/// `migrate` as it stops in time, and as a person watches it.
@Suite struct MigrateInWavesTests {
    /// Four tenants that are behind; in the first by name, the migration fails.
    private func withFleet(_ body: @Sendable (Admin) async throws -> Void) async throws {
        try await Admin.with { admin in
            _ = try await admin.run("create-schema", "a", "b", "c", "d", "--no-token")
            // As if they had been made before the first migration: a's tables are still in the way.
            try await admin.client.withConnection {
                _ = try await $0.execute(
                    script: """
                        drop schema b cascade; drop schema c cascade; drop schema d cascade;
                        create schema b; create schema c; create schema d;
                        delete from polls_control.tenant_migration;
                        update polls_control.tenant set schema_version = 0,
                            schema_oid = (select oid from pg_namespace where nspname = schema_name);
                        """
                )
            }
            try await body(admin)
        }
    }

    @Test func aCanaryThatFailsStopsTheRun() async throws {
        try await withFleet { admin in
            let all = try await admin.run("migrate", "--canary", "1")
            #expect(all.code == 1 && all.errors.contains("0001_polls.sql failed in a"), "\(all)")
            #expect(all.output.contains("0 migrated, 1 failed") && all.output.contains("3 were left"), "\(all)")
            let some = try await admin.run("migrate", "--canary", "2", "--json")
            let result = try json(some.output)
            #expect(some.code == 3 && result["left"] == .number(2), "\(some)")
            let rest = try await admin.run("migrate", "--stop-after", "2")
            #expect(rest.code == 3 && rest.output.contains("2 migrated, 1 failed"), "\(rest)")
            #expect(!rest.output.contains("left"), "\(rest)")
        }
    }

    @Test(arguments: ["--canary 0", "--stop-after 0", "--canary x"]) func wrongUseIsTwo(arguments: String) async throws
    {
        let outcome = try await Admin.run(
            "/bin/sh",
            ["-c", "$ADMIN migrate \(arguments)"],
            ["PATH": "/usr/bin:/bin", "ADMIN": Admin.program, "DATABASE_URL": "host=/nowhere"]
        )
        #expect(outcome.code == 2, "\(outcome)")
    }

    /// On a terminal a line says how far it is, and makes room for what is said for good; elsewhere there is none.
    @Test func aTerminalIsToldHowFarItIs() async throws {
        try await withFleet { admin in
            let shown = try await admin.shell("script -qefc '$ADMIN migrate --width 1' /dev/null </dev/null")
            #expect(shown.code == 3, "\(shown)")
            #expect(shown.output.contains("1 of 4 tenants, 1 failed"), "\(shown.output.debugDescription)")
            let last = shown.output.split(whereSeparator: \.isNewline).last ?? ""
            #expect(last == "Run 1: 3 migrated, 1 failed.", "\(shown.output.debugDescription)")
            let silent = try await admin.run("migrate")
            #expect(silent.code == 1 && !silent.errors.contains("of 1 tenants"), "\(silent)")
        }
    }
}
