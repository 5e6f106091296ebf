import FoundationEssentials
import TestSupport
import Testing

/// The container level where there is no Docker engine.
@Suite struct EngineTests {
    @Test func aMissingEngineIsSaidAndNothingIsMade() async throws {
        try await Admin.with { admin in
            #expect(try await admin.run("create-schema", "potter").code == 0)
            let deployment = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
            let command = "DOCKER_HOST=unix:///nowhere POLLS_DEPLOY=\(deployment) $ADMIN"
            let before = try await admin.run("list", "--json").output

            let made = try await admin.shell("\(command) create-schema thor --level container --json")
            #expect(made.code == 1, "\(made)")
            guard case .object(let failure) = try json(made.output)["error"] else {
                throw Admin.Failed(errors: made.output)
            }
            #expect(failure["code"] == .string("noEngine"))
            let moved = try await admin.shell("\(command) isolate potter")
            #expect(moved.code == 1 && moved.errors.contains("use processes"), "\(moved)")

            #expect(try await admin.run("list", "--json").output == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: deployment + "/tenants") == [])
            try FileManager.default.removeItem(atPath: deployment)
        }
    }

    @Test func theSharedDatabaseIsLookedForOnTheEngine() async throws {
        let outcome = try await Admin.run(
            Admin.program,
            ["list", "--database-url", "docker:"],
            ["PATH": "/usr/bin:/bin", "DOCKER_HOST": "unix:///nowhere"]
        )
        #expect(outcome.code == 1 && outcome.errors.contains("docker"), "\(outcome)")
    }
}
