import FoundationEssentials
import Synchronization

/// Voters and readers of one tenant, for as long as a test wants: each vote has an Idempotency-Key of its own, and each
/// that was acknowledged is written down.
public final class VoteLoad: Sendable {
    private struct State {
        var acknowledged: [String] = []
        var delays: [String: Int] = [:]
        var reads = 0
        var problems: [String] = []
    }

    private let client: TestClient
    private let headers: [String: String]
    private let tenant: String
    private let state = Mutex(State())

    /// Keys of the votes that were acknowledged.
    public var acknowledged: [String] { state.withLock { $0.acknowledged } }
    /// How often votes were told to try again, by what they were told.
    public var delays: [String: Int] { state.withLock { $0.delays } }
    public var reads: Int { state.withLock { $0.reads } }
    /// Answers that there should not be.
    public var problems: [String] { state.withLock { $0.problems } }

    /// The front door: the port of the server that the tenant's requests go to; `nil`: the shared one's.
    private let door: @Sendable () async -> Int?

    private init(
        _ client: TestClient,
        _ headers: [String: String],
        _ tenant: String,
        _ door: @escaping @Sendable () async -> Int?
    ) {
        self.client = client
        self.headers = headers
        self.tenant = tenant
        self.door = door
    }

    /// Runs the body under load, on the tenant's question 1, which has choices.
    public static func with<R: Sendable>(
        _ server: TestServer,
        tenant: String,
        voters: Int = 4,
        door: @escaping @Sendable () async -> Int? = { nil },
        _ body: @Sendable (VoteLoad) async throws -> R
    ) async throws -> R {
        try await with(server.client, tenant: tenant, voters: voters, door: door, body)
    }

    /// - Parameter headers: of every request.
    public static func with<R: Sendable>(
        _ client: TestClient,
        tenant: String,
        headers: [String: String] = [:],
        voters: Int = 4,
        door: @escaping @Sendable () async -> Int? = { nil },
        _ body: @Sendable (VoteLoad) async throws -> R
    ) async throws -> R {
        let load = VoteLoad(client, headers, tenant, door)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for voter in 0..<voters { group.addTask { await load.vote(voter) } }
            for _ in 0..<2 { group.addTask { await load.read() } }
            let result: Result<R, any Error>
            do { result = .success(try await body(load)) } catch { result = .failure(error) }
            group.cancelAll()
            try await group.waitForAll()
            return try result.get()
        }
    }

    private func client(_ port: Int?) -> TestClient { port.map { TestClient(port: $0) } ?? client }

    /// About fifty votes a second. A vote that was delayed is sent again with its key, until it is answered.
    private func vote(_ voter: Int) async {
        var number = 0
        while !Task.isCancelled {
            number += 1
            let key = "\(voter)-\(number)-\(UUID().uuidString.prefix(8))"
            guard await eventually({ await isAnswered(key, choice: 1 + number % 2) || Task.isCancelled }) else {
                return state.withLock { $0.problems.append("vote: never answered") }
            }
            try? await Task.sleep(for: .milliseconds(15))
        }
    }

    private func isAnswered(_ key: String, choice: Int) async -> Bool {
        let port = await door()
        do {
            let answer = try await client(port).ask(
                tenant,
                "POST",
                "/polls/1/choices/\(choice)/vote/",
                headers: headers.merging(["Idempotency-Key": key]) { $1 }
            )
            return state.withLock { state in
                if answer.status == 201 {
                    state.acknowledged.append(key)
                    return true
                }
                if answer.status == 503, answer.headers["retry-after"] != nil {
                    state.delays[answer.body, default: 0] += 1
                    return false
                }
                state.problems.append("vote: \(answer.status) \(answer.body)")
                return true
            }
        } catch {
            if Task.isCancelled { return true }
            // Nobody knows what became of it: its key makes it safe to send again.
            await note("vote: \(error)", wentTo: port)
            return false
        }
    }

    /// A real front door lets a request that is under way end where it began; this one does not, and forgives it.
    private func note(_ problem: String, wentTo port: Int?) async {
        guard await door() == port else { return }
        state.withLock { $0.problems.append(problem) }
    }

    private func read() async {
        while !Task.isCancelled {
            let port = await door()
            do {
                let answer = try await client(port).ask(tenant, "GET", "/polls/1/results/", headers: headers)
                if answer.status != 200 { await note("read: \(answer.status) \(answer.body)", wentTo: port) }
                state.withLock { $0.reads += 1 }
            } catch {
                if !Task.isCancelled { await note("read: \(error)", wentTo: port) }
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
