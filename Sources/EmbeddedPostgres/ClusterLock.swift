import FoundationEssentials
import Glibc

/// A file to hold with `flock(2)`. The kernel lets go of it when this object or its process ends, however it ends, and
/// children do not inherit it.
final class ClusterLock: Sendable {
    enum Mode {
        case shared
        case exclusive

        fileprivate var operation: CInt { self == .shared ? LOCK_SH : LOCK_EX }
    }

    let path: String
    private let descriptor: CInt

    init(_ path: String) throws {
        self.path = path
        self.descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw EmbeddedPostgresError(
                .folder,
                "cannot open \(path): \(String(cString: strerror(errno)))",
                remedy: "Use a folder that this user may write to, or run as the user who made it"
            )
        }
    }

    deinit { Glibc.close(descriptor) }

    /// Takes the lock unless someone else's stands in the way. A lock held already may be lost when that fails.
    func take(_ mode: Mode) -> Bool {
        flock(descriptor, mode.operation | LOCK_NB) == 0
    }

    /// Waits for the lock. `false`: not within `limit`.
    func wait(_ mode: Mode, atMost limit: Duration) async throws -> Bool {
        try await poll(atMost: limit) { take(mode) }
    }

    /// Lets go.
    func release() {
        flock(descriptor, LOCK_UN)
    }

    /// The processes that hold a lock on the file, as the kernel lists them. It does so page by page: a lock that is taken
    /// or let go of in between hides others, so an empty answer is asked for again.
    var holders: [pid_t] {
        guard let status = FileStatus(path) else { return [] }
        for _ in 0..<10 {
            let holders = Self.holders(inode: status.inode, table: KernelTable.text("/proc/locks") ?? "")
            if !holders.isEmpty { return holders }
        }
        return []
    }

    /// Reads `/proc/locks` (proc(5)): `1: FLOCK ADVISORY READ 4711 fe:01:1234 0 EOF`; a waiter's line has `->` second.
    static func holders(inode: UInt, table: String) -> [pid_t] {
        table.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 5, words[1] == "FLOCK", words[5].split(separator: ":").last == "\(inode)" else {
                return nil
            }
            return pid_t(words[4])
        }
    }
}
