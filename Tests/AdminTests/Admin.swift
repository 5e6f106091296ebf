import FoundationEssentials
import Postgres
import Subprocess
import TestSupport

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// The real polls-admin, over a database of its own.
struct Admin: Sendable {
    let configuration: PostgresConfiguration
    let client: PostgresClient

    /// What a run came to.
    struct Outcome: Sendable {
        let code: Int32
        let output: String
        let errors: String
    }

    /// Runs the body with a new database, with a registry unless told otherwise.
    static func with<R: Sendable>(
        initialised: Bool = true,
        _ body: @Sendable (Admin) async throws -> R
    ) async throws -> R {
        try await TestDatabase.with { configuration in
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let admin = Admin(configuration: configuration, client: client)
                guard initialised else { return try await body(admin) }
                let outcome = try await admin.run("init", "--app-login", TestRegistry.uniqueLogin())
                guard outcome.code == 0 else { throw Failed(errors: outcome.errors) }
                let result: Result<R, any Error>
                do { result = .success(try await body(admin)) } catch { result = .failure(error) }
                try await TestRegistry.dropRoles(client)
                return try result.get()
            }
        }
    }

    struct Failed: Error {
        let errors: String
    }

    /// Runs the program to its end.
    func run(_ arguments: String...) async throws -> Outcome {
        try await Self.run(Self.program, arguments, environment)
    }

    /// Runs a command of the shell, in which `$ADMIN` is the program.
    func shell(_ command: String) async throws -> Outcome {
        try await Self.run("/bin/sh", ["-c", command], environment)
    }

    /// Runs the program without any database, in an empty environment.
    static func bare(_ arguments: String...) async throws -> Outcome {
        try await run(program, arguments, ["PATH": "/usr/bin:/bin"])
    }

    static func run(_ program: String, _ arguments: [String], _ environment: [String: String]) async throws -> Outcome {
        let keys = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        let result = try await Subprocess.run(
            .path(FilePath(program)),
            arguments: Arguments(arguments),
            environment: .custom(Dictionary(uniqueKeysWithValues: keys)),
            output: .string(limit: 1 << 22),
            error: .string(limit: 1 << 20)
        )
        let code: Int32 =
            switch result.terminationStatus {
            case .exited(let code): Int32(code)
            case .signaled(let signal): 128 + Int32(signal)
            }
        return Outcome(code: code, output: result.standardOutput, errors: result.standardError)
    }

    private var environment: [String: String] {
        [
            "PATH": "/usr/bin:/bin", "DATABASE_URL": configuration.connectionString, "ADMIN": Self.program,
            "PSQLRC": "/dev/null", "TERM": "dumb",
        ]
    }

    static let program = Program.path("polls-admin")
}

/// The output of `--json`.
func json(_ text: some StringProtocol) throws -> [String: JSONValue] {
    guard case .object(let members) = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
        throw Admin.Failed(errors: "no JSON object: \(text)")
    }
    return members
}

/// Any JSON.
enum JSONValue: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self =
            if container.decodeNil() { .null } else if let value = try? container.decode(Bool.self) {
                .bool(value)
            } else if let value = try? container.decode(Double.self) {
                .number(value)
            } else if let value = try? container.decode(String.self) {
                .string(value)
            } else if let value = try? container.decode([JSONValue].self) { .array(value) } else {
                .object(try container.decode([String: JSONValue].self))
            }
    }
}
