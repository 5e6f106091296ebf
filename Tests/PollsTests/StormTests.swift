import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A hundred tenants, a hundred thousand requests, backends killed and callers gone all the while.
@Suite struct StormTests {
    private static let names = (0..<100).map { "t\($0)" }
    private static let workers = 32
    private static let rounds = 3200

    /// What came of all requests.
    private final class Tally: Sendable {
        private let counts = Mutex((served: 0, unavailable: 0, votes: [String: Int]()))

        var served: Int { counts.withLock(\.served) }
        var unavailable: Int { counts.withLock(\.unavailable) }
        func isServed() { counts.withLock { $0.served += 1 } }
        func isUnavailable() { counts.withLock { $0.unavailable += 1 } }
        func isCounted(in tenant: String) { counts.withLock { $0.votes[tenant, default: 0] += 1 } }
        func votes(in tenant: String) -> Int { counts.withLock { $0.votes[tenant, default: 0] } }
    }

    /// Each reads its own polls and has its own votes; and the server has as many files and connections as before.
    @Test func aHundredTenantsNeverMix() async throws {
        try await TestInstallation.with(open: Self.names) { installation in
            for name in Self.names {
                try await installation.operatorClient.withConnection {
                    _ = try await $0.execute(
                        script: """
                            insert into \(unsafeRaw: name).question (question)
                                select '\(unsafeRaw: name)!' from generate_series(1, 3);
                            insert into \(unsafeRaw: name).choice (question_id, choice) values (1, '\(unsafeRaw: name)!')
                            """
                    )
                }
            }
            // No deadline of the server's own is near.
            let settings = [
                "POLLS_LOG_LEVEL": "notice", "POLLS_STATEMENT_TIMEOUT": "300", "POLLS_REQUEST_TIMEOUT": "400",
                "POLLS_BODY_TIMEOUT": "300", "POLLS_HEADER_TIMEOUT": "300", "POLLS_IDLE_TIMEOUT": "300",
            ]
            let end = try await ServerProcess.with(installation, settings: settings) { server in
                try await server.client.withOwnConnections { client in
                    for name in Self.names { try await client.await(200, of: name) }
                }
                let before = try await resources(server, installation)
                let tally = Tally()
                try await server.client.withOwnConnections { client in
                    try await storm(client, installation, tally)
                }
                #expect(tally.served + tally.unavailable == Self.workers * Self.rounds)
                #expect(tally.served > 90_000, "\(tally.unavailable) of the requests were answered 503")
                try await expectOwnVotes(tally, installation)

                var after = before
                let areBack = try await eventually {
                    after = try await resources(server, installation)
                    return zip(after, before).allSatisfy { $0 <= $1 }
                }
                #expect(areBack, "files and connections, connections to PostgreSQL: \(before) before, \(after) after")
                server.signal(SIGTERM)
            }
            #expect(end.status == 0, "\(end.log)")
        }
    }

    private func storm(_ client: TestClient, _ installation: TestInstallation, _ tally: Tally) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<Self.workers {
                group.addTask {
                    for number in 0..<Self.rounds {
                        let name = Self.names[(worker * 31 + number * 17) % Self.names.count]
                        // So many a request, not a second: a slow machine sees no more of them.
                        if worker == 0, number % 16 == 0 { await killBackend(installation) }
                        if number % 50 == 0 { await leave(client, name) }
                        if number % 8 == 3 {
                            try await vote(client, name, key: "\(worker)-\(number)", tally)
                        } else {
                            try await read(client, name, tally)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func read(_ client: TestClient, _ name: String, _ tally: Tally) async throws {
        let answer = try await client.ask(name, "GET", "/polls/")
        switch answer.status {
        case 200:
            tally.isServed()
            let texts = answer.body.components(separatedBy: "\"question\":\"").dropFirst()
            let isMine = texts.count == 3 && texts.allSatisfy { $0.hasPrefix("\(name)!\"") }
            #expect(isMine, "\(name) was given \(answer.body)")
        case 503: tally.isUnavailable()
        default: Issue.record("\(name) was answered \(answer.status): \(answer.body)")
        }
    }

    /// Sends a vote until it is counted: its key lets it count once.
    private func vote(_ client: TestClient, _ name: String, key: String, _ tally: Tally) async throws {
        var status: UInt = 0
        let isCounted = try await eventually {
            let path = "/polls/1/choices/1/vote/"
            let answer = try await client.ask(name, "POST", path, headers: ["Idempotency-Key": key])
            status = answer.status
            if status == 201 {
                #expect(
                    answer.body.hasPrefix(#"{"saved_object":{"id":1,"choice":"\#(name)!""#),
                    "\(name): \(answer.body)"
                )
            }
            return status != 503
        }
        #expect(isCounted && status == 201, "a vote in \(name) was answered \(status)")
        tally.isServed()
        tally.isCounted(in: name)
    }

    /// A caller who does not wait for the answer.
    private func leave(_ client: TestClient, _ name: String) async {
        let gone = Task { try await client.ask(name, "GET", "/polls/") }
        try? await Task.sleep(for: .microseconds(300))
        gone.cancel()
        _ = try? await gone.value
    }

    private func killBackend(_ installation: TestInstallation) async {
        _ = try? await installation.operatorClient.query(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'polls-server' and datname = current_database() order by random() limit 1
            """
        )
    }

    private func expectOwnVotes(_ tally: Tally, _ installation: TestInstallation) async throws {
        for name in Self.names {
            let (counted, votes, foreign) = try await installation.operatorClient.query(
                """
                select (select votes::int8 from \(unsafeRaw: name).choice),
                    (select count(*) from \(unsafeRaw: name).vote),
                    (select count(*) from \(unsafeRaw: name).question where question <> \(name + "!"))
                """
            ).decodeOne(Int64.self, Int64.self, Int64.self)
            let expected = Int64(tally.votes(in: name))
            #expect(expected > 0 && counted == expected && votes == expected, "\(name): \(counted), \(votes)")
            #expect(foreign == 0)
        }
    }

    /// What the server has open: descriptors, and of these, connections to PostgreSQL.
    private func resources(_ server: ServerProcess, _ installation: TestInstallation) async throws -> [Int] {
        let backends = try await installation.operatorClient.query(
            """
            select count(*) from pg_stat_activity
            where application_name = 'polls-server' and datname = current_database()
            """
        ).decodeOne(Int64.self)
        return [server.descriptors, Int(backends)]
    }
}
