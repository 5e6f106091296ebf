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

    /// Removes what a killed nginx left, which a new one would find taken.
    /// - Parameter start: of the paths.
    func remove(startingWith start: String) { removeFiles { $0.hasPrefix(start) } }

    /// Removes what nginx left, and the folder when no server's socket is in it.
    func clear() {
        removeFiles { !$0.hasSuffix(".sock") }
        rmdir(path)
    }

    private func removeFiles(where isSuch: (String) -> Bool) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            let file = "\(path)/\(name)"
            if isSuch(file) { try? FileManager.default.removeItem(atPath: file) }
        }
    }
}
