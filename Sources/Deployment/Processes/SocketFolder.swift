import FoundationEssentials
import Glibc
import Provisioning

/// The folder of a deployment's sockets: short, since a socket's name may have 107 bytes (unix(7)), and open to nginx's
/// workers, who are another user.
struct SocketFolder: Sendable {
    let path: String

    init(for folder: String) {
        path = "/tmp/polls-front-" + StableHash.hex(folder)
    }

    /// Makes it where it is missing. In /tmp anyone may have been first.
    func make() throws {
        if mkdir(path, 0o711) == 0 { chmod(path, 0o711) }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
            throw DeploymentError(
                .folder,
                "\(path) is not a folder of this user",
                next: "Remove it, or run as the user who made it."
            )
        }
    }

    /// The socket of a tenant's server.
    func server(_ container: TenantContainer) -> String { "\(path)/\(HomeName(container)).sock" }

    /// Removes what nginx left, and the folder when no server's socket is in it.
    func clear() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] where !name.hasSuffix(".sock") {
            try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
        rmdir(path)
    }
}
