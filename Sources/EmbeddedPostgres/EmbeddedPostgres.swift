import FoundationEssentials
import Glibc
import Logging
import Postgres
import Synchronization

/// A private PostgreSQL in a folder, run from the distribution's own programs. Linux only.
///
/// Whoever opens a folder first starts its server; others, in this process or another, share it; the last to leave
/// stops it, even when that one is killed. Only a unix socket leads to it, open to the server's user and to root;
/// the superuser is `postgres`, without a password.
public final class EmbeddedPostgres: Sendable {
    /// Whether this object started the server. `false`: it was running already, and is shared.
    public let isOwner: Bool
    /// Where the data, the log and the socket are: the folder itself, or its stand-in in the ``shelter`` when the folder is
    /// root's own.
    public var home: String { cluster.home }

    /// Where the files of clusters are that cannot be in their own folders.
    public static let shelter = "/var/lib/embedded-postgres"

    private let cluster: ClusterFolder
    private let database: String
    private let logger: Logger
    private let locks: Mutex<Locks?>

    /// What this user of the cluster holds; letting go of `inUse` may stop the server.
    private struct Locks {
        let users: ClusterLock
        let inUse: ClusterLock
    }

    private init(cluster: ClusterFolder, database: String, isOwner: Bool, logger: Logger, locks: Locks) {
        self.cluster = cluster
        self.database = database
        self.isOwner = isOwner
        self.logger = logger
        self.locks = Mutex(locks)
    }

    /// Runs the body with the cluster in `folder` open, and lets go of it however that ends.
    /// - Throws: what the body throws, and ``EmbeddedPostgresError``.
    public static func with<R>(
        in folder: String,
        options: Options = .init(),
        logger: Logger,
        _ body: (EmbeddedPostgres) async throws -> R
    ) async throws -> R {
        let cluster = try await open(in: folder, options: options, logger: logger)
        do {
            let value = try await body(cluster)
            await cluster.close()
            return value
        } catch {
            await cluster.close()
            throw error
        }
    }

    /// Opens the cluster in `folder`: makes it if it is new, starts it if it does not run, shares it if it does.
    /// - Throws: ``EmbeddedPostgresError``.
    public static func open(
        in folder: String,
        options: Options = .init(),
        logger: Logger
    ) async throws -> EmbeddedPostgres {
        let folder = try ClusterFolder.create(folder)
        let start = try await startLock(folder)
        defer { start.release() }
        let cluster = try ClusterFolder.prepare(folder)
        let users = try ClusterLock(cluster.users)
        guard users.take(options.exclusive ? .exclusive : .shared) else { throw refusal(folder, users.holders) }
        let inUse = try ClusterLock(cluster.inUse)
        // A supervisor that is stopping the server holds this: PostgreSQL's shutdown may take a while.
        guard try await inUse.wait(.shared, atMost: .seconds(60)) else { throw refusal(folder, inUse.holders) }
        let server = ClusterServer(cluster: cluster, logger: logger)
        let database = ClusterDatabase(cluster: cluster, name: options.database)
        var started = try await server.ensureRunning(options)
        do { try database.create() } catch  where !started {
            // Whoever kept it up was killed a moment ago: it went down between the look at it and the connection.
            started = try await server.ensureRunning(options)
            try database.create()
        }
        logger.debug(
            "Opened a PostgreSQL cluster",
            metadata: ["folder": "\(folder)", "home": "\(cluster.home)", "started": "\(started)"]
        )
        return EmbeddedPostgres(
            cluster: cluster,
            database: options.database,
            isOwner: started,
            logger: logger,
            locks: Locks(users: users, inUse: inUse)
        )
    }

    /// How libpq connects to it.
    /// - Parameter database: `nil`: the one that was opened.
    public func connectionString(user: String = "postgres", database: String? = nil) -> String {
        ConnectionString(values: [
            "host": cluster.socketFolder, "port": "5432", "user": user, "dbname": database ?? self.database,
        ]).text
    }

    /// Lets go of the cluster. The last user's call stops the server, and returns when it has gone.
    public func close() async {
        let held = locks.withLock { locks in
            defer { locks = nil }
            return locks
        }
        guard let held else { return }
        // Waited for by a cancelled caller, too.
        await Task { [cluster, logger] in
            let start = try? await Self.startLock(cluster.folder)
            // With newcomers kept out, being able to hold it alone means that nobody else does.
            let isLast = held.users.take(.exclusive)
            held.users.release()
            held.inUse.release()
            if isLast, FileStatus(cluster.staysUp) == nil {
                await ClusterServer(cluster: cluster, logger: logger).waitUntilGone()
            }
            start?.release()
        }.value
    }

    /// Stops a cluster that stays up, and returns when it has gone; its users lose their connections. Does nothing
    /// where none runs.
    /// - Throws: ``EmbeddedPostgresError``.
    public static func stop(in folder: String, logger: Logger) async throws {
        guard FileStatus(folder) != nil else { return }
        let folder = try ClusterFolder.create(folder)
        let start = try await startLock(folder)
        defer { start.release() }
        let cluster = try ClusterFolder.prepare(folder)
        try await ClusterServer(cluster: cluster, logger: logger).stop(atMost: .seconds(60))
    }

    /// Stops a cluster that stays up, and removes its folder and all that is in it, wherever that is.
    /// - Throws: ``EmbeddedPostgresError``.
    public static func remove(_ folder: String, logger: Logger) async throws {
        guard FileStatus(folder) != nil else { return }
        try await stop(in: folder, logger: logger)
        let folder = try ClusterFolder.create(folder)
        let cluster = try ClusterFolder.prepare(folder)
        try? FileManager.default.removeItem(atPath: cluster.socketFolder)
        for path in Set([cluster.home, folder]) {
            try await ClusterFolder.remove(path)
        }
    }

    private static func startLock(_ folder: String) async throws -> ClusterLock {
        let lock = try ClusterLock(folder + "/start.lock")
        guard try await lock.wait(.exclusive, atMost: .seconds(120)) else { throw refusal(folder, lock.holders) }
        return lock
    }

    private static func refusal(_ folder: String, _ holders: [pid_t]) -> EmbeddedPostgresError {
        let names = holders.map(String.init).joined(separator: ", ")
        return EmbeddedPostgresError(
            .inUse,
            "the PostgreSQL in \(folder) is in use by process \(names.isEmpty ? "(unknown)" : names)",
            remedy: "Stop that process, or use another folder"
        )
    }
}
