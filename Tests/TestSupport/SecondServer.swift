import EmbeddedPostgres
import FoundationEssentials
import Postgres

/// A second PostgreSQL server, that a test may stop and start.
public actor SecondServer {
    private let folder: String
    private let settings: [String: String]
    private var embedded: EmbeddedPostgres?

    private init(folder: String, settings: [String: String]) {
        self.folder = folder
        self.settings = settings
    }

    /// Runs the body with a server of its own; it is stopped and removed afterwards.
    public static func with<R: Sendable>(
        settings: [String: String] = [:],
        _ body: @Sendable (SecondServer) async throws -> R
    ) async throws -> R {
        let folder = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
        let cluster = SecondServer(folder: folder, settings: settings)
        let result: Result<R, any Error>
        do {
            try await cluster.start()
            result = .success(try await body(cluster))
        } catch { result = .failure(error) }
        let home = await cluster.stop()
        for path in [home, folder].compactMap(\.self) { try? FileManager.default.removeItem(atPath: path) }
        return try result.get()
    }

    public func start() async throws {
        var options = EmbeddedPostgres.Options.small
        options.settings["fsync"] = "off"
        options.settings.merge(settings) { $1 }
        embedded = try await EmbeddedPostgres.open(in: folder, options: options, logger: TestDatabase.logger)
    }

    /// - Returns: where its files are.
    @discardableResult
    public func stop() async -> String? {
        let home = embedded?.home
        await embedded?.close()
        embedded = nil
        return home
    }

    /// As its superuser.
    public var connectionString: String { embedded?.connectionString(database: "postgres") ?? "" }
}
