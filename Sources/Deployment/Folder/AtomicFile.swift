import FoundationEssentials
import Glibc

/// Files that are there whole or not at all: written beside, synced, renamed (rename(2)), and the folder synced.
enum AtomicFile {
    /// Writes a file, unless it is so already.
    static func update(_ text: String, to path: String) throws {
        guard (try? String(contentsOfFile: path, encoding: .utf8)) != text else { return }
        try write(text, to: path)
    }

    /// - Throws: ``DeploymentError``; then the old file is as it was.
    static func write(_ text: String, to path: String, mode: mode_t = 0o644, owner: (uid: uid_t, gid: gid_t)? = nil)
        throws
    {
        let unfinished = "\(path).new-\(getpid())"
        unlink(unfinished)
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure(path) }
        var isDone = false
        defer {
            close(descriptor)
            if !isDone { unlink(unfinished) }
        }
        // Whatever the process's mask takes away, and before there is anything to read.
        guard fchmod(descriptor, mode) == 0 else { throw failure(path) }
        if let owner { guard fchown(descriptor, owner.uid, owner.gid) == 0 else { throw failure(path) } }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if count < 0 && errno == EINTR { continue }
                throw failure(path)
            }
            bytes = bytes.dropFirst(count)
        }
        guard fsync(descriptor) == 0, rename(unfinished, path) == 0 else { throw failure(path) }
        isDone = true
        let folder = open(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]), O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private static func failure(_ path: String) -> DeploymentError {
        let isFull = errno == ENOSPC || errno == EDQUOT
        return DeploymentError(
            isFull ? .diskFull : .folder,
            "cannot write \(path): \(String(cString: strerror(errno)))",
            next: isFull
                ? "Make room on that disk and try again; the file is as it was."
                : "Use a folder that this user may write to."
        )
    }
}
