import EmbeddedPostgres
import FoundationEssentials
import Logging
import Postgres

/// A cluster, a registry and tenants of their own for one benchmark, gone when it ends.
struct Workbench {
    let folder: String
    /// As the operator, who may do everything.
    let operatorURL: String
    /// As the server's login.
    let appURL: String
    /// Where the product's executables are.
    let binaries: String
    let logger: Logger

    static func with(_ body: (Workbench) async throws -> Void) async throws {
        var logger = Logger(label: "polls-bench")
        logger.logLevel = .error
        let folder = "/tmp/polls-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let options = EmbeddedPostgres.Options(settings: ["max_connections": "100"], database: "polls")
        try await EmbeddedPostgres.with(in: folder, options: options, logger: logger) { cluster in
            let bench = Workbench(
                folder: folder,
                operatorURL: cluster.connectionString(),
                appURL: cluster.connectionString(user: "polls_app"),
                binaries: try Self.ownFolder(),
                logger: logger
            )
            _ = try await bench.admin("init")
            try await body(bench)
        }
    }

    /// The folder of this executable, where its siblings are.
    static func ownFolder() throws -> String {
        let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    var operatorEnvironment: [String: String] { ["DATABASE_URL": operatorURL] }

    /// Runs `polls-admin` to its end.
    @discardableResult
    func admin(_ arguments: String...) async throws -> Command.Output {
        try await Command(binaries + "/polls-admin", arguments, environment: operatorEnvironment).run()
    }

    /// Runs `psql` on one file.
    @discardableResult
    func psql(file: String) async throws -> Command.Output {
        try await Command(
            "psql",
            ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", operatorURL, "-f", file]
        ).run()
    }

    /// Writes a file into the benchmark's folder.
    func write(_ name: String, _ text: String) throws -> String {
        let path = folder + "/" + name
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// Runs statements as the operator.
    func execute(_ script: SQL) async throws {
        try await PostgresClient.execute(script, at: operatorURL, logger: logger)
    }

    /// Makes tenants `name0 … name(count−1)`, each with so many questions of three choices.
    func makeTenants(_ name: String, count: Int, questions: Int) async throws -> [String] {
        let names = (0..<count).map { "\(name)\($0)" }
        let file = try write("\(name).names", names.joined(separator: "\n") + "\n")
        try await admin("create-schema", "--file", file, "--open", "--no-token")
        guard questions > 0 else { return names }
        for name in names {
            let schema = try Identifier(name)
            try await execute(
                """
                insert into \(schema).question (question)
                  select 'What is your favourite colour, number ' || n from generate_series(1, \(unsafeRaw: "\(questions)")) n;
                insert into \(schema).choice (question_id, choice)
                  select id, 'Choice ' || n from \(schema).question, generate_series(1, 3) n order by id, n
                """
            )
        }
        try await execute("analyze")
        return names
    }
}
