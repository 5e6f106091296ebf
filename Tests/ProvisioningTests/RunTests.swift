import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// An operator's statements stay in the tenant and in their transaction, whatever they are.
@Suite struct RunTests {
    /// A tenant with an empty table `note` that it may write to.
    private func withTenant(_ body: @Sendable (TestRegistry, TenantName) async throws -> Void) async throws {
        try await TestRegistry.with(migrations: [("0001_a.sql", "create table note (text text)")]) { registry in
            let name = try uniqueName()
            _ = try await registry.provisioner.create(NewTenant(name: name))
            try await body(registry, name)
        }
    }

    private func notes(_ registry: TestRegistry, _ name: TenantName) async throws -> [String] {
        try await registry.client.query("select text from \(try Identifier(name.rawValue)).note order by text")
            .decode(String.self)
    }

    @Test(arguments: [
        "commit", "COMMIT AND CHAIN", "rollback", "rollback and chain", "begin", "end", "abort", "start transaction",
        "prepare transaction 'x'", "/* ; */ commit", "set role none", "set local role none", "reset role",
        "set session authorization default", "reset session authorization",
    ])
    func whatLeadsOutIsRefusedBeforeAnythingRuns(statement: String) async throws {
        try await withTenant { registry, name in
            let script = "insert into note values ('a');\n\(statement);\ninsert into note values (current_user)"
            let error = try await #require(throws: ProvisioningError.self) {
                try await registry.provisioner.run(script, in: name)
            }
            #expect(error.code == .statementRefused)
            #expect(error.message.contains("line 2"), "\(error)")
            #expect(try await notes(registry, name) == [])
        }
    }

    @Test func savepointsAndQuotedWordsAreFine() async throws {
        try await withTenant { registry, name in
            let answers = try await registry.provisioner.run(
                """
                insert into note values ('commit; rollback');
                savepoint s; insert into note values ('b'); rollback to s; release s;
                select text, current_schema() from note
                """,
                in: name
            )
            #expect(answers.count == 6)
            #expect(answers[5].count == 1 && answers[5][0].text(at: 1) == name.rawValue)
            #expect(try await notes(registry, name) == ["commit; rollback"])
        }
    }

    @Test func aFailureLeavesNothing() async throws {
        try await withTenant { registry, name in
            let found = try await code {
                _ = try await registry.provisioner.run("insert into note values ('a'); select 1/0", in: name)
            }
            #expect(found == .database)
            #expect(try await notes(registry, name) == [])
        }
    }

    /// As where the operator could not take `set_config` from everybody.
    @Test func aRoleTakenInOneStatementIsGoneInTheNext() async throws {
        try await withTenant { registry, name in
            _ = try await registry.client.query(
                "grant execute on function pg_catalog.set_config(text, text, boolean) to public"
            )
            let answers = try await registry.provisioner.run(
                """
                select set_config('role', 'none', true), set_config('search_path', 'pg_catalog', true);
                insert into note values (current_user);
                select set_config('role', 'none', false), set_config('search_path', 'pg_catalog', false);
                select current_user, current_schema()
                """,
                in: name
            )
            let role = try #require(answers[3][0].text(at: 0))
            #expect(role.hasPrefix("tenant_\(name)_"))
            #expect(answers[3][0].text(at: 1) == name.rawValue)
            #expect(try await notes(registry, name) == [role])
        }
    }

    @Test func aProcedureThatCommitsIsRefused() async throws {
        try await withTenant { registry, name in
            let schema = try Identifier(name.rawValue)
            try await registry.client.withConnection {
                _ = try await $0.execute(
                    script: """
                        create procedure \(schema).p() language plpgsql as 'begin commit; end';
                        grant execute on procedure \(schema).p() to public
                        """
                )
            }
            let error = try await #require(throws: ProvisioningError.self) {
                try await registry.provisioner.run(
                    "insert into note values ('a'); call p(); insert into note values (current_user)",
                    in: name
                )
            }
            #expect(error.cause?.sqlState == "2D000", "\(error)")
            #expect(try await notes(registry, name) == [])
        }
    }

    /// However a text may be split, PostgreSQL takes one statement at a time.
    @Test func whatIsNotSplitIsRefusedByPostgreSQL() async throws {
        try await withTenant { registry, name in
            let error = try await #require(throws: ProvisioningError.self) {
                try await registry.provisioner.run("insert into note values ('a') -- (\n; select (1; commit", in: name)
            }
            #expect(error.code == .database, "\(error)")
            #expect(try await notes(registry, name) == [])
        }
    }
}
