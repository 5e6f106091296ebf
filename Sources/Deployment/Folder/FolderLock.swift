import EmbeddedPostgres
import Glibc

/// One command at a time changes a folder: flock(2), which ends with its process.
struct FolderLock: ~Copyable {
    private let descriptor: CInt

    /// Waits up to a minute.
    /// - Throws: ``DeploymentError`` with code `busy` or `folder`.
    init(_ path: String) async throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DeploymentError(
                .folder,
                "cannot open \(path): \(String(cString: strerror(errno)))",
                next: "Use a folder that this user may write to."
            )
        }
        do {
            guard try await poll(atMost: .seconds(60), until: { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }) else {
                throw DeploymentError(
                    .busy,
                    "another command is changing \(path)",
                    next: "Wait until it is done, and try again."
                )
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
