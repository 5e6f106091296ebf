import EmbeddedPostgres
import FoundationEssentials
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The real polls-server, as a process of its own.
public struct ServerProcess: Sendable {
    public let processID: Int32
    public let client: TestClient
    private let log: String

    /// Starts the program on an installation, and runs the body once it takes requests. The body has to end it.
    /// - Returns: how it ended.
    public static func with(
        _ installation: TestInstallation,
        settings: [String: String] = [:],
        _ body: (ServerProcess) async throws -> Void
    ) async throws -> End {
        let log = "/tmp/polls-test-\(UUID().uuidString).log"
        defer { try? FileManager.default.removeItem(atPath: log) }
        let output = try FileDescriptor.open(
            FilePath(log),
            .writeOnly,
            options: [.create, .append],
            permissions: .ownerReadWrite
        )
        let result = try await Subprocess.run(
            .path(FilePath(Program.path("polls-server"))),
            environment: environment(installation, settings),
            input: .none,
            output: .discarded,
            error: .fileDescriptor(output, closeAfterSpawningProcess: true)
        ) { execution in
            try await toItsEnd(execution.processIdentifier.value) { processID in
                let port = try await port(processID, log: log)
                try await body(ServerProcess(processID: processID, client: TestClient(port: port), log: log))
            }
        }
        return End(result.terminationStatus, log: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
    }

    /// The same, with a standard error that nobody reads: a pipe that is soon full.
    public static func withUnreadLog(
        _ installation: TestInstallation,
        settings: [String: String] = [:],
        _ body: (ServerProcess) async throws -> Void
    ) async throws -> End {
        let port = FreePort.any()
        let (reader, writer) = try FileDescriptor.pipe()
        defer { try? reader.close() }
        let result = try await Subprocess.run(
            .path(FilePath(Program.path("polls-server"))),
            environment: environment(installation, settings.merging(["PORT": "\(port)"]) { $1 }),
            input: .none,
            output: .discarded,
            error: .fileDescriptor(writer, closeAfterSpawningProcess: true)
        ) { execution in
            try await toItsEnd(execution.processIdentifier.value) { processID in
                let server = ServerProcess(processID: processID, client: TestClient(port: port), log: "")
                guard await eventually({ !server.isDeaf }) else { throw NotYet(description: "nobody listens") }
                try await body(server)
            }
        }
        return End(result.terminationStatus, log: "")
    }

    /// Runs the body, which has to end the process; where that fails, it is killed.
    nonisolated(nonsending) private static func toItsEnd(_ processID: Int32, _ body: (Int32) async throws -> Void)
        async throws
    {
        do {
            try await body(processID)
            let hasEnded = await eventually { ServerProcess.hasEnded(processID) }
            guard hasEnded else { throw NotYet(description: "the server does not end") }
        } catch {
            kill(processID, SIGKILL)
            throw error
        }
    }

    /// Runs the program on an installation where it has to refuse to serve.
    public static func refusal(_ installation: TestInstallation, settings: [String: String]) async throws -> End {
        let result = try await Subprocess.run(
            .path(FilePath(Program.path("polls-server"))),
            environment: environment(installation, settings),
            input: .none,
            output: .discarded,
            error: .string(limit: 1 << 20)
        )
        return End(result.terminationStatus, log: result.standardError)
    }

    private static func environment(_ installation: TestInstallation, _ settings: [String: String]) -> Environment {
        var environment = [
            "PATH": "/usr/bin:/bin", "PORT": "0", "DATABASE_URL": installation.appConfiguration.connectionString,
        ]
        environment.merge(settings) { $1 }
        let keys = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        return .custom(Dictionary(uniqueKeysWithValues: keys))
    }

    /// How a server ended.
    public struct End: Sendable {
        /// Its exit status; 128 and the signal's number, if one ended it.
        public let status: Int32
        /// What it wrote to standard error.
        public let log: String

        fileprivate init(_ status: TerminationStatus, log: String) {
            self.status =
                switch status {
                case .exited(let code): Int32(code)
                case .signaled(let signal): 128 + Int32(signal)
                }
            self.log = log
        }
    }

    /// Sends a signal.
    public func signal(_ number: Int32) { kill(processID, number) }

    /// Whether it runs no more; a process that nobody has asked after yet is one that has ended.
    public var hasEnded: Bool { Self.hasEnded(processID) }

    private static func hasEnded(_ processID: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8) else {
            return true
        }
        return status.contains("State:\tZ")
    }

    /// Files and connections that it has open.
    public var descriptors: Int {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/fd")) ?? []).count
    }

    /// Whether it takes no new connections.
    public var isDeaf: Bool { RawConnection.open(port: client.port) == nil }

    /// Whether it has read all that its clients have sent: no byte waits in the kernel (proc(5), /proc/net/tcp).
    public var hasReadAll: Bool {
        let table = KernelTable.text("/proc/\(processID)/net/tcp") ?? ""
        let port = ":" + String(client.port, radix: 16, uppercase: true)
        return table.split(separator: "\n").allSatisfy { line in
            let words = line.split(separator: " ")
            guard words.count > 4, words[1].hasSuffix(port), words[3] == "01" else { return true }
            return words[4].hasSuffix(":00000000")
        }
    }

    /// The port that it says it serves on.
    private static func port(_ processID: Int32, log: String) async throws -> Int {
        var port: Int?
        var text = ""
        let isServing = await eventually {
            text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            let address = text.split(separator: "address=http://").dropFirst().first
            port = address?.split(separator: ":").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) }
            return port != nil
        }
        guard isServing, let port else { throw NotYet(description: "the server does not serve: \(text)") }
        return port
    }
}
