import TestSupport

/// Asks tenants in turn for as long as a test wants, and notes every answer that is not that tenant's own.
actor SteadyAsker {
    private let stack: Stack
    private let tenants: [String]
    /// `nil`: a new connection for each request.
    private let kept: KeptConnection?
    private var isOver = false
    private(set) var asked = 0
    /// Requests without an answer, and answers that there should not be.
    private(set) var wrong: [String] = []
    /// Idle connections that nginx closed under a request.
    private(set) var reopened = 0

    private init(_ stack: Stack, _ tenants: [String], keepsConnections: Bool) {
        self.stack = stack
        self.tenants = tenants
        kept = keepsConnections ? KeptConnection(port: stack.client.port) : nil
    }

    /// Runs the body while the tenants are asked, half of the askers keeping their connections.
    /// - Returns: the askers, when they have stopped.
    static func with(
        _ stack: Stack,
        _ tenants: [String],
        askers: Int = 4,
        _ body: @Sendable ([SteadyAsker]) async throws -> Void
    ) async throws -> [SteadyAsker] {
        let askers = (0..<askers).map { number in
            // Each begins with another one.
            let first = number * tenants.count / askers
            return SteadyAsker(
                stack,
                Array(tenants[first...] + tenants[..<first]),
                keepsConnections: number.isMultiple(of: 2)
            )
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for asker in askers { group.addTask { await asker.run() } }
            let result: Result<Void, any Error>
            do { result = .success(try await body(askers)) } catch { result = .failure(error) }
            // Told to stop, not cancelled: what is under way is to be answered.
            for asker in askers { await asker.stop() }
            try await group.waitForAll()
            try result.get()
            return askers
        }
    }

    private func stop() { isOver = true }

    private func run() async {
        while !isOver {
            for tenant in tenants where !isOver {
                await check("/livez", of: tenant) { answer in
                    let server = answer.headers["polls-upstream"] ?? ""
                    return answer.status == 200 && (server == "shared" || server.hasPrefix("\(tenant)-"))
                }
                await check("/polls/", of: tenant) { answer in
                    answer.status == 200 && answer.body.ranges(of: "Is this ").count == 1
                        && answer.body.contains("Is this \(tenant)?")
                }
            }
        }
        reopened = await kept?.reopened ?? 0
    }

    private func check(_ path: String, of tenant: String, _ isRight: (TestClient.Answer) -> Bool) async {
        asked += 1
        do {
            let answer =
                if let kept { try await kept.ask("\(tenant).polls.localhost", path) } else {
                    try await stack.client.ask(tenant, "GET", path, headers: ["Connection": "close"])
                }
            if !isRight(answer) {
                wrong.append(
                    "\(tenant)\(path): \(answer.status) \(answer.headers["polls-upstream"] ?? "") \(answer.body)"
                )
            }
        } catch { wrong.append("\(tenant)\(path): \(error)") }
    }
}
