import FoundationEssentials
import Postgres
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The real server, killed in the middle of writing.
@Suite struct KillTests {
    /// The keys of the votes that the server has said it counted.
    private final class Acknowledged: Sendable {
        private let shared = Mutex<Set<String>>([])
        var keys: Set<String> { shared.withLock(\.self) }
        func insert(_ key: String) { shared.withLock { _ = $0.insert(key) } }
    }

    /// Votes with this key; whether it was acknowledged.
    private func vote(_ key: String, port: Int) async throws -> Bool {
        guard let connection = RawConnection.open(port: port) else { return false }
        try await connection.send(
            """
            POST /polls/1/choices/1/vote/ HTTP/1.1\r\nHost: potter.polls.localhost\r\nIdempotency-Key: \(key)\r
            Connection: close\r\n\r\n
            """
        )
        let answer = try await connection.rest()
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 201 ") || answer.hasPrefix("HTTP/1.1 503 "), "\(answer)")
        return answer.hasPrefix("HTTP/1.1 201 ")
    }

    @Test func everyAcknowledgedVoteIsThereOnce() async throws {
        try await TestInstallation.with(open: ["potter"]) { installation in
            let acknowledged = Acknowledged()
            // What a writer was not told about, it sends again.
            var pending = (0..<4).map { _ in UUID().uuidString }
            for round in 0..<20 {
                let end = try await ServerProcess.with(installation) { server in
                    let port = server.client.port
                    try await server.client.await(200, of: "potter")
                    if round == 0 {
                        try await server.client.ask("potter", "POST", "/polls/", #"{"question":"q","choices":["c"]}"#)
                    }
                    let goal = acknowledged.keys.count + Int.random(in: 4...40)
                    pending = try await withThrowingTaskGroup(of: String?.self) { group in
                        for first in pending {
                            group.addTask {
                                var key = first
                                while !server.hasEnded {
                                    guard try await vote(key, port: port) else { continue }
                                    acknowledged.insert(key)
                                    key = UUID().uuidString
                                }
                                return key
                            }
                        }
                        group.addTask {
                            let came = await eventually { acknowledged.keys.count >= goal }
                            #expect(came, "votes are not acknowledged")
                            server.signal(SIGKILL)
                            return nil
                        }
                        return try await group.reduce(into: []) { if let key = $1 { $0.append(key) } }
                    }
                }
                #expect(end.status == 128 + SIGKILL, "\(end.log)")
            }
            let keys = pending
            let end = try await ServerProcess.with(installation) { server in
                try await server.client.await(200, of: "potter")
                for key in keys {
                    #expect(try await eventually { try await vote(key, port: server.client.port) })
                    acknowledged.insert(key)
                }
                server.signal(SIGTERM)
            }
            #expect(end.status == 0, "\(end.log)")
            let (votes, ledger) = try await installation.operatorClient.query(
                """
                select (select votes from potter.choice),
                    (select coalesce(array_agg(idempotency_key::text), '{}') from potter.vote)
                """
            ).decodeOne(Int64.self, [String].self)
            #expect(Int(votes) == acknowledged.keys.count)
            #expect(Set(ledger) == acknowledged.keys)
            #expect(ledger.count == Set(ledger).count)
        }
    }
}
