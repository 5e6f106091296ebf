#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file that is being written, for its owner alone, and gets its name when it is whole: what kills the program leaves
/// nothing under that name, and, where the file system has files without a name (open(2), `O_TMPFILE`), nothing at all.
struct ArchiveFile: Sendable {
    let descriptor: CInt
    let path: String
    private let folder: String
    /// The name that it has until then; `nil`: none.
    private let unfinished: String?

    /// Runs the body with a new file, which is there when the body ends well.
    /// - Throws: ``ProvisioningError`` with code `archiveFile`.
    static func with<R>(_ name: String, in folder: String, _ body: (ArchiveFile) async throws -> R) async throws -> R {
        let file = try create(name, in: folder)
        defer { file.close() }
        let value = try await body(file)
        try file.publish()
        return value
    }

    private static func create(_ name: String, in folder: String) throws -> ArchiveFile {
        let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
        guard access(path, F_OK) != 0 else { throw exists(path) }
        #if os(Linux)
        // The constant is a macro that Swift does not see.
        let nameless = open(folder, O_WRONLY | O_CLOEXEC | O_DIRECTORY | 0o20000000, 0o600)
        if nameless >= 0 { return ArchiveFile(descriptor: nameless, path: path, folder: folder, unfinished: nil) }
        #endif
        let unfinished = "\(path).unfinished-\(getpid())"
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        return ArchiveFile(descriptor: descriptor, path: path, folder: folder, unfinished: unfinished)
    }

    /// Makes it safe from a loss of power, and gives it its name, which no other file may have.
    private func publish() throws {
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
        let linked =
            if let unfinished {
                link(unfinished, path)
            } else {
                linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW)
            }
        if linked != 0 {
            if errno == EEXIST { throw Self.exists(path) }
            // Some file systems have one name for each file.
            guard let unfinished, errno != ENOSPC, rename(unfinished, path) == 0 else { throw Self.failure(path) }
        }
        let directory = open(folder, O_RDONLY | O_CLOEXEC)
        defer { if directory >= 0 { _ = Self.systemClose(directory) } }
        guard directory >= 0, fsync(directory) == 0 else {
            let error = Self.failure(path)
            unlink(path)
            throw error
        }
    }

    private func close() {
        _ = Self.systemClose(descriptor)
        if let unfinished { unlink(unfinished) }
    }

    private static func systemClose(_ descriptor: CInt) -> CInt {
        #if canImport(Glibc)
        Glibc.close(descriptor)
        #else
        Darwin.close(descriptor)
        #endif
    }

    private static func exists(_ path: String) -> ProvisioningError {
        ProvisioningError(.archiveFile, "\(path) exists", next: "Move it away, or give another folder with --to.")
    }

    /// Says why a file could not be written, by the system's last error.
    static func failure(_ path: String) -> ProvisioningError {
        let isFull = errno == ENOSPC || errno == EDQUOT
        return ProvisioningError(
            .archiveFile,
            "cannot write \(path): \(String(cString: strerror(errno)))",
            next: isFull
                ? "Make room on that disk, or give another folder with --to. Nothing is left of it."
                : "Give a folder that this user may write to, with --to. Nothing is left of it."
        )
    }
}
