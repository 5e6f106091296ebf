import FoundationEssentials
import Glibc
import Logging

/// The data folder's life before the server starts on it.
struct ClusterData {
    let cluster: ClusterFolder
    let logger: Logger

    /// Makes the data where there is none. A kill in the middle leaves only a folder that the next attempt removes.
    func initialise(binaries: PostgresBinaries) async throws {
        try await removeUnfinished()
        guard cluster.version == nil else { return }
        let unfinished = "\(cluster.home)/data.new-\(getpid())"
        try cluster.makeFolder(unfinished)
        let made = try await Supervisor.run(
            binaries.initdb,
            [
                "--pgdata", unfinished, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8",
                "--locale", Self.locale, "--no-sync", "--no-instructions",
            ],
            as: cluster.user
        )
        guard made.succeeded, rename(unfinished, cluster.data) == 0 else {
            throw EmbeddedPostgresError(
                .initFailed,
                "cannot make a cluster in \(cluster.home)",
                remedy: "See what initdb says, put it right, and try again",
                log: made.output
            )
        }
        logger.info("Made a PostgreSQL cluster", metadata: ["folder": "\(cluster.home)"])
    }

    /// Removes what a crash left behind and a start would stumble over. Only when no process of the server is left.
    ///
    /// PostgreSQL itself refuses to start when the pid in a left-over `postmaster.pid` is any living process.
    func removeStale() throws {
        let pidFile = cluster.data + "/postmaster.pid"
        if let pid = Self.firstNumber(in: pidFile) {
            guard serverPid == nil else {
                throw EmbeddedPostgresError(
                    .inUse,
                    "process \(pid), which something else started, runs PostgreSQL on \(cluster.data)",
                    remedy: "Stop it: kill -INT \(pid)"
                )
            }
            logger.info("Removed a stale pid file", metadata: ["file": "\(pidFile)", "pid": "\(pid)"])
        }
        for path in [pidFile, cluster.socket, cluster.socket + ".lock"] { unlink(path) }
    }

    /// The process that runs on the data now.
    var serverPid: pid_t? {
        guard let pid = Self.firstNumber(in: cluster.data + "/postmaster.pid") else { return nil }
        let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
        return folder == cluster.data ? pid_t(pid) : nil
    }

    /// Keeps the log from growing for ever: one predecessor is kept.
    func rotateLog() {
        guard let size = FileStatus(cluster.log)?.size, size > 10 << 20 else { return }
        rename(cluster.log, cluster.log + ".1")
    }

    private func removeUnfinished() async throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: cluster.home)) ?? []
        for name in names where name.hasPrefix("data.new-") {
            try await ClusterFolder.remove("\(cluster.home)/\(name)")
        }
    }

    /// Bytewise order with Unicode's character classes, where the C library has it.
    private static var locale: String {
        guard let found = newlocale(CInt(1 << LC_CTYPE), "C.UTF-8", nil) else { return "C" }
        freelocale(found)
        return "C.UTF-8"
    }

    private static func firstNumber(in file: String) -> Int? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        return Int(text.prefix { $0.isNumber })
    }
}
