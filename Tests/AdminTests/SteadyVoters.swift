import Synchronization
import TestSupport
import Testing

/// One asker a tenant, of question 1 and its choice 1: each reads and votes, and expects an answer every time.
final class SteadyVoters: Sendable {
    private let goesOn = Mutex(true)
    private let answered = Mutex<[String: Int]>([:])

    /// Waits until another two votes of a tenant were answered: one of them was sent after this.
    func goOn(_ tenant: String) async {
        let before = answered.withLock { $0[tenant, default: 0] }
        let came = await eventually { answered.withLock { $0[tenant, default: 0] >= before + 2 } }
        #expect(came, "\(tenant) is not answered any more")
    }

    /// Asks for as long as the body runs.
    /// - Returns: how often each tenant was voted in.
    static func ask(
        _ server: TestServer,
        _ tenants: [String],
        _ body: @Sendable (SteadyVoters) async throws -> Void
    ) async throws -> [String: Int] {
        let voters = SteadyVoters()
        return try await withThrowingTaskGroup(of: (String, Int).self) { group in
            for tenant in tenants { group.addTask { (tenant, try await voters.vote(server, tenant)) } }
            let result: Result<Void, any Error>
            do { result = .success(try await body(voters)) } catch { result = .failure(error) }
            // Told to stop, not cancelled: a vote that is given up half way may have been counted.
            voters.goesOn.withLock { $0 = false }
            let votes = try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            try result.get()
            return votes
        }
    }

    private func vote(_ server: TestServer, _ tenant: String) async throws -> Int {
        var votes = 0
        while goesOn.withLock({ $0 }) {
            votes += 1
            let read = try await server.ask(tenant, "GET", "/polls/")
            #expect(read.status == 200, "\(tenant): \(read)")
            let vote = try await server.ask(
                tenant,
                "POST",
                "/polls/1/choices/1/vote/",
                headers: ["Idempotency-Key": "vote-\(votes)"]
            )
            #expect(vote.status == 201, "\(tenant): \(vote)")
            answered.withLock { $0[tenant] = votes }
        }
        return votes
    }
}
