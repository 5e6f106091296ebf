import Crypto
import FoundationEssentials
import Glibc

/// The files of one cluster.
///
/// They are in the folder that was asked for, unless PostgreSQL's user cannot reach that (root's own folders): then
/// they are in the shelter, and a link `cluster` in the folder leads there.
struct ClusterFolder {
    /// What was asked for: absolute, without links.
    let folder: String
    /// Where the files are.
    let home: String
    /// Who runs the server; `nil`: this process's own user.
    let user: ServiceUser?

    var data: String { home + "/data" }
    var log: String { home + "/postgres.log" }
    /// Every process that uses the cluster holds this shared; the supervisor waits to hold it alone.
    var inUse: String { home + "/in-use" }
    /// Every process that uses the cluster holds this shared, or alone when it does not share.
    var users: String { home + "/users.lock" }
    /// Held by the supervisor and every process of the server.
    var server: String { home + "/server.lock" }
    /// Held by the supervisor alone.
    var supervisor: String { home + "/supervisor.lock" }
    /// There while the server is to outlive its users.
    var staysUp: String { home + "/stays-up" }
    var socket: String { socketFolder + "/.s.PGSQL.5432" }

    /// Next to the data, or in /tmp when a socket's name (107 bytes, unix(7)) would not fit, or where the path would be
    /// taken for a list of them.
    var socketFolder: String {
        let near = home + "/socket"
        let fits = (near + "/.s.PGSQL.5432").utf8.count <= 107 && !near.contains(",")
        return fits ? near : "/tmp/postgres-\(Self.hash(home))"
    }

    /// The major version that made the data; `nil` when there is none yet.
    var version: String? {
        guard let text = try? String(contentsOfFile: data + "/PG_VERSION", encoding: .utf8) else { return nil }
        return String(text.prefix { !$0.isNewline })
    }

    /// Makes the folder where missing, and gives its real path.
    static func create(_ folder: String) throws -> String {
        try attempt("create \(folder)") {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        guard let real = realpath(folder, nil) else { throw failure("find \(folder)") }
        defer { free(real) }
        return String(cString: real)
    }

    /// Removes a folder and all that is in it. The initdb of a killed process may still be writing there.
    static func remove(_ path: String) async throws {
        let isGone = try await poll(every: .milliseconds(100), atMost: .seconds(10)) {
            try? FileManager.default.removeItem(atPath: path)
            return FileStatus(path) == nil
        }
        guard !isGone else { return }
        // Once more, to say why not.
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw EmbeddedPostgresError(
                .folder,
                "cannot remove \(path): \(error)",
                remedy: "Remove it as the user who made it"
            )
        }
    }

    /// Finds the cluster's home, and readies it for the server's user. Only for the holder of the start lock.
    static func prepare(_ folder: String) throws -> ClusterFolder {
        let home = try home(of: folder)
        let cluster = ClusterFolder(folder: folder, home: home, user: try ServiceUser.forData(home + "/data"))
        if home != folder { try cluster.makeFolder(home) }
        for file in [cluster.inUse, cluster.server, cluster.supervisor, cluster.log] { try cluster.makeFile(file) }
        try cluster.makeFolder(cluster.socketFolder)
        return cluster
    }

    private static func home(of folder: String) throws -> String {
        let link = folder + "/cluster"
        if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link) { return target }
        guard let user = try ServiceUser.forData(folder + "/data"), !user.canReach(folder) else { return folder }
        let home = "\(EmbeddedPostgres.shelter)/\(hash(folder))"
        try setAside(home)
        try attempt("link \(link)") {
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: home)
        }
        return home
    }

    /// A home without a link to it belongs to a folder that was removed: kept, but no longer in the way.
    private static func setAside(_ home: String) throws {
        guard FileStatus(home) != nil else { return }
        let name = "\(home).removed-\(Int(Date().timeIntervalSince1970))"
        guard rename(home, name) == 0 else { throw failure("rename \(home)") }
    }

    /// Makes a folder that only the server's user (and root) may enter.
    func makeFolder(_ path: String) throws {
        if FileStatus(path, followingLinks: false) == nil {
            try Self.attempt("create \(path)") {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            guard chmod(path, 0o700) == 0 else { throw Self.failure("protect \(path)") }
            try give(path)
        }
        // In /tmp anyone may have been first.
        guard let status = FileStatus(path, followingLinks: false), status.isFolder,
            status.owner == user?.uid ?? geteuid()
        else {
            throw EmbeddedPostgresError(
                .folder,
                "\(path) is not a folder of the server's user",
                remedy: "Remove it, or run as the user who made it"
            )
        }
    }

    func makeFile(_ path: String) throws {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("open \(path)") }
        Glibc.close(descriptor)
        try give(path)
    }

    private func give(_ path: String) throws {
        guard let user else { return }
        guard chown(path, user.uid, user.gid) == 0 else { throw Self.failure("give \(path) to \(user.name)") }
    }

    private static func hash(_ text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).prefix(8).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private static func attempt(_ action: String, _ body: () throws -> Void) throws {
        do { try body() } catch {
            let cause = (error as? CocoaError)?.userInfo["NSUnderlyingError"] as? POSIXError
            throw failure(action, reason: cause.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)")
        }
    }

    private static func failure(
        _ action: String,
        reason: String = String(cString: strerror(errno))
    ) -> EmbeddedPostgresError {
        EmbeddedPostgresError(
            .folder,
            "cannot \(action): \(reason)",
            remedy: "Use a folder that this user may write to, or run as the user who made it"
        )
    }
}
