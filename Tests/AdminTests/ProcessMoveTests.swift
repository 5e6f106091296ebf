import Foundation
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

@testable import Deployment

/// The real tool, moving a tenant to processes of its own behind a real nginx, and back.
@Suite(.timeLimit(.minutes(10))) struct ProcessMoveTests {
    @Test func thereAndBackUnderLoadLosesAndDoublesNoVote() async throws {
        try await TestCluster.with { cluster in
            try await TestServer.with(open: ["potter", "thor"], on: cluster.connectionString) { server in
                _ = try await server.provisioner.run(
                    "insert into question (question) values ('Tea?'); "
                        + "insert into choice (question_id, choice) values (1, 'yes'), (1, 'no')",
                    in: TenantName("potter")
                )
                let deployment = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
                let front = TestClient(port: FreePort.any())
                let options =
                    "POLLS_RUNTIME=process POLLS_DEPLOY=\(deployment) POLLS_SHARED_SERVER=127.0.0.1:\(server.port) "
                    + "POLLS_PUBLISH=127.0.0.1:\(front.port) PATH=$PATH:/usr/sbin $ADMIN"
                // thor first: with it there is a front door, and it stays where it is.
                let first = try await server.admin("\(options) isolate thor --json")
                #expect(first.code == 0, "\(first)")
                // A connection each: an idle one may be closed at any time, and a vote on its way be lost with it.
                let load = try await VoteLoad.with(front, tenant: "potter", headers: ["Connection": "close"]) { load in
                    try await wait(for: 20, of: load)
                    for command in ["isolate potter", "move potter --to schema --keep 0s"] {
                        let moved = try await server.admin("\(options) \(command) --json")
                        #expect(moved.code == 0, "\(moved)")
                        let asked = try await front.ask("potter", "GET", "/livez")
                        let isApart = asked.headers["polls-upstream"]?.hasPrefix("potter-") ?? false
                        #expect(isApart == command.hasPrefix("isolate"))
                        try await wait(for: 20, of: load)
                    }
                    return load
                }
                #expect(load.problems == [])
                let (votes, counted, found) = try await server.operatorClient.query(
                    """
                    select (select count(*) from potter.vote), (select sum(votes)::int8 from potter.choice),
                        (select count(*) from potter.vote where idempotency_key = any (\(load.acknowledged)))
                    """
                ).decodeOne(Int64.self, Int64.self, Int64.self)
                #expect(votes == counted)
                #expect(found == load.acknowledged.count)
                #expect(
                    try await front.ask("thor", "GET", "/livez").headers["polls-upstream"]?.hasPrefix("thor-") == true
                )

                for tenant in ["potter", "thor"] {
                    let dropped = try await server.admin("\(options) drop-schema \(tenant) --yes")
                    #expect(dropped.code == 0, "\(dropped)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: deployment + "/tenants") == [])
                // The front door stays until somebody takes it down.
                let runtime = ProcessRuntime(
                    folder: try DeploymentFolder(deployment),
                    options: ProcessRuntime.Options(server: Program.path("polls-server")),
                    logger: TestDatabase.logger
                )
                try await runtime.stopFront()
                try FileManager.default.removeItem(atPath: deployment)
            }
        }
    }

    private func wait(for votes: Int, of load: VoteLoad) async throws {
        let goal = load.acknowledged.count + votes
        let came = await eventually { load.acknowledged.count >= goal }
        #expect(came, "votes go on: \(load.problems.prefix(3))")
    }
}
