import Migrations
import TestSupport
import Testing

/// Wrong use, and help: no database is asked.
@Suite struct UseTests {
    @Test(arguments: [
        ["nonsense"], ["create-schema"], ["create-schema", "Potter"], ["create-schema", "www"],
        ["create-schema", "a--b"], ["create-schema", "potter", "potter"], ["create-schema", "potter", "--nonsense"],
        ["create-schema", "a", "b", "--domain", "polls.example.com"], ["create-schema", "--file", "/nonsense"],
        ["show"], ["show", "pg-x"], ["sql", "potter"], ["drop-schema", "potter"], ["migrate", "--width", "9"],
        ["list", "--port", "nonsense"], ["list", "--database-url", "nonsense"],
        ["list", "--database-url", "postgre://me:secret@localhost/x"], ["servers", "add", "X Y", "host=/nowhere"],
        ["servers", "add", "asgard", "http://me:secret@localhost"],
        ["create-schema", "a", "--domain", "a.example", "--domain", "A.example."],
    ])
    func wrongUseIsTwo(arguments: [String]) async throws {
        let outcome = try await Admin.run(
            Admin.program,
            arguments,
            ["PATH": "/usr/bin:/bin", "DATABASE_URL": "host=/nowhere"]
        )
        #expect(outcome.code == 2, "\(arguments): \(outcome)")
        #expect(outcome.errors.hasPrefix("polls-admin: "))
        #expect(outcome.output.isEmpty)
        #expect(!outcome.errors.contains("secret"))
    }

    @Test(arguments: [
        [], ["--help"], ["help", "create-schema"], ["init", "--help"], ["--generate-completion-script", "bash"],
    ])
    func helpIsNoFailure(arguments: [String]) async throws {
        let outcome = try await Admin.run(Admin.program, arguments, [:])
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("polls-admin"))
        #expect(outcome.errors.isEmpty)
    }

    @Test(arguments: ["polls-admin", "polls-server"]) func aProgramSaysItsVersion(program: String) async throws {
        let outcome = try await Admin.run(Program.path(program), ["--version"], [:])
        #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome)")
        let (registry, tenants) = (EmbeddedMigrations.control.count, EmbeddedMigrations.tenant.count)
        let form = try Regex(#"\A\#(program) \d+\.\d+\.\d+ \(registry \#(registry), tenants \#(tenants)\)\n\z"#)
        #expect(outcome.output.firstMatch(of: form) != nil, "\(outcome)")
    }

    @Test func aFolderThatCannotBeMadeSaysWhy() async throws {
        let outcome = try await Admin.bare("list", "--data", "/proc/nowhere")
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("/proc/nowhere: No such file or directory"), "\(outcome.errors)")
    }

    @Test func noConnectionSaysWhatToCheck() async throws {
        let outcome = try await Admin.run(Admin.program, ["list"], ["DATABASE_URL": "host=/nowhere dbname=x"])
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("DATABASE_URL"))
    }
}
