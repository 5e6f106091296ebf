import Deployment
import Foundation
import Provisioning
import Tenancy
import Testing

/// Isolated tenants behind the nginx of the shared mode, which runs at POLLS_TEST_SHARED_PORT with the open tenant
/// `potter` in it; scripts/test-containers starts it.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["POLLS_TEST_SHARED_PORT"] != nil),
    .timeLimit(.minutes(10))
)
struct DockerSharedTests {
    /// Whether to go on.
    private actor Flag {
        private(set) var isUp = true
        func lower() { isUp = false }
    }

    @Test func anIsolatedTenantJoinsAndLeavesWhileTheSharedOnesAreServed() async throws {
        let port = try #require(Int(ProcessInfo.processInfo.environment["POLLS_TEST_SHARED_PORT"] ?? ""))
        let front = Front(port: port)
        let path = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
        let folder = try DeploymentFolder(path)
        let runtime = try DockerRuntime(folder: folder, options: try DockerRuntime.Options())
        let odin = TenantContainer(tenant: try TenantName("odin"), home: 9, domains: [])
        try await runtime.check(beside: [])

        let flag = Flag()
        try await withThrowingTaskGroup(of: (asked: Int, wrong: [String]).self) { group in
            group.addTask {
                var (asked, wrong) = (0, [String]())
                while await flag.isUp {
                    let answer = try await front.ask("potter.polls.localhost", "/polls/")
                    asked += 1
                    if answer.status != 200 { wrong.append("\(answer)") }
                }
                return (asked, wrong)
            }
            let result: Result<Void, any Error>
            do {
                _ = try await Front.make("odin", home: 9, on: runtime)
                let before = try await front.ask("odin.polls.localhost", "/polls/")
                #expect(before.status == 404, "the shared server does not know it")
                try await runtime.route([odin])
                let isolated = try await front.ask("odin.polls.localhost", "/livez")
                #expect(isolated.server == "odin-9")
                #expect(try await front.ask("odin.polls.localhost", "/polls/").status == 200)
                try await runtime.route([])
                #expect(try await front.ask("odin.polls.localhost", "/polls/").status == 404)
                result = .success(())
            } catch { result = .failure(error) }
            await flag.lower()
            for try await outcome in group {
                #expect(outcome.wrong == [])
                #expect(outcome.asked > 20)
            }
            try await runtime.remove(odin, wasMade: true)
            try FileManager.default.removeItem(atPath: path)
            try result.get()
        }
    }
}
