import FoundationEssentials
import TestSupport

/// What scripts/prove-isolation has started on a real engine: the shared compose file, ten tenants in schemas, and `thor`
/// and `potter` in containers of their own, all behind one nginx. Each has one question, "Is this NAME?".
struct Stack: Sendable {
    /// nginx's port; `nil`: nothing was started.
    static let port = ProcessInfo.processInfo.environment["POLLS_TEST_STACK_PORT"].flatMap { Int($0) }

    static let isolated = ["potter", "thor"]
    static let shared = [
        "client1", "client2", "loki", "odin", "freya", "heimdall", "granger", "weasley", "lovegood", "dumbledore",
    ]
    static let tenants = shared + isolated

    let client: TestClient
    private let environment = ProcessInfo.processInfo.environment

    init() throws {
        guard let port = Self.port else { throw NotYet(description: "POLLS_TEST_STACK_PORT says where nginx is") }
        client = TestClient(port: port)
    }

    /// Runs polls-admin as its operator does, and expects it to do as told.
    @discardableResult
    func admin(_ arguments: String...) async throws -> String {
        try await run(environment["POLLS_TEST_STACK_ADMIN"] ?? Admin.program, arguments)
    }

    @discardableResult
    func docker(_ arguments: String...) async throws -> String { try await run("/usr/bin/env", ["docker"] + arguments) }

    private func run(_ program: String, _ arguments: [String]) async throws -> String {
        let outcome = try await Admin.run(program, arguments, environment)
        guard outcome.code == 0 else {
            throw Admin.Failed(errors: "\(arguments.joined(separator: " ")): \(outcome.code) \(outcome.errors)")
        }
        return outcome.output.trimmingSpace()
    }

    /// The container of a service that runs, or that has run.
    func container(_ service: String) async throws -> String {
        let ids = try await docker(
            "ps",
            "--all",
            "--quiet",
            "--filter",
            "label=com.docker.compose.service=\(service)"
        )
        guard !ids.isEmpty, !ids.contains("\n") else { throw NotYet(description: "containers of \(service): \(ids)") }
        return ids
    }
}

extension String {
    fileprivate func trimmingSpace() -> String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
