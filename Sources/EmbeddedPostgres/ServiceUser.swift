import Glibc

/// The unprivileged user that runs PostgreSQL when this process is root, which PostgreSQL refuses.
struct ServiceUser: Equatable {
    var name: String
    var uid: uid_t
    var gid: gid_t

    /// The user for the cluster whose data is at `data`: whoever owns it already, else `postgres`, else `nobody`.
    /// `nil` when this process is not root, and runs PostgreSQL as itself.
    static func forData(_ data: String) throws -> ServiceUser? {
        guard geteuid() == 0 else { return nil }
        if let owner = FileStatus(data)?.owner, owner != 0 {
            guard let user = ServiceUser(entry: getpwuid(owner)) else {
                throw EmbeddedPostgresError(
                    .folder,
                    "\(data) belongs to user \(owner), who does not exist here",
                    remedy: "Give the folder to a user that does: chown -R postgres"
                )
            }
            return user
        }
        for name in ["postgres", "nobody"] {
            if let user = ServiceUser(entry: getpwnam(name)) { return user }
        }
        throw EmbeddedPostgresError(
            .folder,
            "PostgreSQL does not run as root, and there is no user postgres or nobody",
            remedy: "Make one: useradd --system postgres"
        )
    }

    /// Whether this user may pass through every folder down to `path`. Access lists and supplementary groups are not
    /// looked at: they can only make a reachable path look unreachable.
    func canReach(_ path: String) -> Bool {
        var path = path
        while true {
            guard let status = FileStatus(path), status.isSearchable(by: self) else { return false }
            guard let slash = path.lastIndex(of: "/"), path != "/" else { return true }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }

    private init?(entry: UnsafeMutablePointer<passwd>?) {
        guard let entry else { return nil }
        self.name = String(cString: entry.pointee.pw_name)
        self.uid = entry.pointee.pw_uid
        self.gid = entry.pointee.pw_gid
    }

    init(name: String, uid: uid_t, gid: gid_t) {
        self.name = name
        self.uid = uid
        self.gid = gid
    }
}
