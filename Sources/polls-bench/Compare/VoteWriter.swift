import NIOPosix

/// Votes at a steady rate, each with a key of its own. A vote that is refused, or gets no answer, is sent again with the
/// same key until it is acknowledged.
struct VoteWriter: Sendable {
    let port: Int
    let tenant: String
    /// Of the keys.
    let prefix: String
    /// A second.
    let rate: Int

    /// Writes for as long as the body runs, and until every vote begun has been acknowledged.
    /// - Returns: the keys that were acknowledged.
    func run<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> (Set<String>, R) {
        try await withThrowingTaskGroup(of: Set<String>.self) { group in
            let writer = Task { try await write() }
            group.addTask {
                try await withTaskCancellationHandler {
                    try await writer.value
                } onCancel: {
                    writer.cancel()
                }
            }
            let result: R
            do { result = try await body() } catch {
                writer.cancel()
                throw error
            }
            // Only the making of new votes ends; those begun go on in tasks of their own.
            writer.cancel()
            var keys: Set<String> = []
            for try await found in group { keys.formUnion(found) }
            return (keys, result)
        }
    }

    private func write() async throws -> Set<String> {
        try await LoopbackHTTP.withThreads(requestsPerSecond: Double(rate)) { try await write(on: $0) }
    }

    private func write(on threads: NIOThreadPool) async throws -> Set<String> {
        let start = ContinuousClock.now
        var votes: [Task<String?, Never>] = []
        while !Task.isCancelled {
            let number = votes.count
            try? await Task.sleep(until: start + .seconds(Double(number) / Double(rate)), clock: .continuous)
            votes.append(Task { await vote("\(prefix)-\(number)", choice: number % 60, on: threads) })
        }
        var keys: Set<String> = []
        for vote in votes { if let key = await vote.value { keys.insert(key) } }
        return keys
    }

    /// - Returns: the key, once the vote is acknowledged; `nil`: it never was.
    private func vote(_ key: String, choice: Int, on threads: NIOThreadPool) async -> String? {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            let answer = await LoopbackHTTP.asked(
                port: port,
                host: tenant + ".polls.localhost",
                method: "POST",
                path: "/polls/\(choice / 3 + 1)/choices/\(choice + 1)/vote/",
                headers: ["Idempotency-Key: \(key)"],
                threads: threads
            )
            if let status = answer?.status, status == 200 || status == 201 { return key }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }
}
