import CLibpq
import FoundationEssentials
import Glibc
import Logging
import Postgres

/// The server process of a cluster: whether it runs, bringing it up, seeing it off.
struct ClusterServer {
    let cluster: ClusterFolder
    let logger: Logger

    /// Whether any process of the server, or its supervisor, is alive.
    func isRunning() throws -> Bool {
        try !ClusterLock(cluster.server).take(.shared)
    }

    /// Whether the shell that runs the server is alive. Without it the server is on its way down, though for a moment it
    /// may still answer.
    private func isSupervised() throws -> Bool {
        try !ClusterLock(cluster.supervisor).take(.shared)
    }

    /// Starts the server unless it runs. `true`: started. Only for the holder of the start lock and of `in-use`.
    func ensureRunning(_ options: EmbeddedPostgres.Options) async throws -> Bool {
        // It may be on its way up (its starter was killed) or down (its supervisor was): wait until it has made
        // its mind up.
        let settled = try await poll(atMost: options.startTimeout) {
            try (isSupervised() && isAnswering) || !isRunning()
        }
        guard settled else { throw failure("does not answer in \(options.startTimeout)", since: 0) }
        if try isRunning() {
            // Its supervisor looks for that when the last user has gone, which cannot be before this one has.
            if options.staysUp { try cluster.makeFile(cluster.staysUp) }
            return false
        }
        let data = ClusterData(cluster: cluster, logger: logger)
        let binaries = try PostgresBinaries.find(in: options.binaries, version: cluster.version)
        try await data.initialise(binaries: binaries)
        try data.removeStale()
        data.rotateLog()
        let logged = FileStatus(cluster.log)?.size ?? 0
        if options.staysUp { try cluster.makeFile(cluster.staysUp) } else { unlink(cluster.staysUp) }
        // The last one's supervisor may have removed it since it was looked at.
        try cluster.makeFolder(cluster.socketFolder)
        try await Supervisor.start(cluster, binaries: binaries, settings: options.settings)
        let up = try await poll(atMost: options.startTimeout) {
            if isAnswering { return true }
            guard try isRunning() else { throw failure("did not start", since: logged) }
            return false
        }
        guard up else { throw failure("did not answer in \(options.startTimeout)", since: logged) }
        return true
    }

    /// Stops a server that stays up: asks again and again, since it may be coming back from a crash just now.
    func stop(atMost limit: Duration) async throws {
        unlink(cluster.staysUp)
        let deadline = ContinuousClock.now + limit
        while try isRunning() {
            guard ContinuousClock.now < deadline else { throw failure("does not stop", since: 0) }
            if let pid = ClusterData(cluster: cluster, logger: logger).serverPid { kill(pid, SIGINT) }
            _ = try await poll(atMost: .milliseconds(500)) { try !isRunning() }
        }
    }

    /// Waits until the last process of the server has gone.
    func waitUntilGone() async {
        let gone = try? await poll(atMost: .seconds(60)) { try !isRunning() }
        if gone != true {
            logger.warning("PostgreSQL is still shutting down", metadata: ["folder": "\(cluster.home)"])
        }
    }

    private var isAnswering: Bool {
        guard FileStatus(cluster.socket) != nil else { return false }
        let address = ConnectionString(values: ["host": cluster.socketFolder, "port": "5432", "user": "postgres"])
        return PQping(address.text) == PQPING_OK
    }

    private func failure(_ what: String, since offset: Int) -> EmbeddedPostgresError {
        let data = FileManager.default.contents(atPath: cluster.log) ?? Data()
        let text = String(decoding: data.dropFirst(min(offset, data.count)), as: UTF8.self)
        return EmbeddedPostgresError(
            .startFailed,
            "PostgreSQL in \(cluster.home) \(what)",
            remedy: "See \(cluster.log)",
            log: text.split(separator: "\n").suffix(20).joined(separator: "\n")
        )
    }
}
