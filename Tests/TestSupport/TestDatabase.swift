import EmbeddedPostgres
import FoundationEssentials
import Logging
import Postgres
import Synchronization

/// A real PostgreSQL for tests: the server that `DATABASE_URL` names, or one embedded cluster for the test process.
public enum TestDatabase {
    public static let logger: Logger = {
        var logger = Logger(label: "tests")
        logger.logLevel = .error
        return logger
    }()

    private static let cluster = Task { () throws -> String in
        if let url = ProcessInfo.processInfo.environment["DATABASE_URL"], !url.isEmpty { return url }
        let folder = FileManager.default.currentDirectoryPath + "/.build/test-postgres"
        let options = EmbeddedPostgres.Options(settings: ["fsync": "off", "max_connections": "300"], database: "tests")
        let embedded = try await EmbeddedPostgres.open(in: folder, options: options, logger: logger)
        // Held for the life of the process: the cluster stops when its last user is gone.
        kept.withLock { $0 = embedded }
        return embedded.connectionString()
    }

    private static let kept = Mutex<EmbeddedPostgres?>(nil)

    /// A connection string to the server's first database, as its superuser.
    public static func serverConnectionString() async throws -> String { try await cluster.value }

    /// Test runners start every case at once; so many connections no server has.
    private static let gate = TestGate(16)

    /// Runs the body with a new, empty database of its own, dropped afterwards.
    /// - Parameter server: a connection string to another server than the tests' common one.
    public static func with<R: Sendable>(
        on server: String? = nil,
        _ body: @Sendable (PostgresConfiguration) async throws -> R
    ) async throws -> R {
        await gate.enter()
        defer { Task { await gate.leave() } }
        let server = if let server { server } else { try await serverConnectionString() }
        let name = "test_" + UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(20)
        try await admin(server, "create database \(Identifier(name))")
        let configuration = Self.configuration(connectionString(server, database: name))
        let result: Result<R, any Error>
        do { result = .success(try await body(configuration)) } catch { result = .failure(error) }
        try? await admin(server, "drop database \(Identifier(name)) with (force)")
        return try result.get()
    }

    /// A stalled machine is no failure: a test about a deadline sets its own.
    public static func configuration(_ connectionString: String) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(connectionString: connectionString)
        configuration.timeout = .seconds(120)
        configuration.connectTimeout = .seconds(120)
        return configuration
    }

    /// The same server, another database or user. A later keyword goes before an earlier one.
    public static func connectionString(_ server: String, database: String, user: String? = nil) -> String {
        guard server.hasPrefix("postgres://") || server.hasPrefix("postgresql://") else {
            return server + " dbname='\(database)'" + (user.map { " user='\($0)'" } ?? "")
        }
        let query = server.contains("?") ? "&" : "?"
        return server + query + "dbname=\(database)" + (user.map { "&user=\($0)" } ?? "")
    }

    /// One statement outside of a transaction, as the superuser.
    public static func admin(_ connectionString: String, _ statement: SQL) async throws {
        var configuration = Self.configuration(connectionString)
        configuration.connections = 0
        try await PostgresClient.withClient(configuration, logger: logger) { client in
            try await client.withConnection { _ = try await $0.execute(script: statement) }
        }
    }
}
