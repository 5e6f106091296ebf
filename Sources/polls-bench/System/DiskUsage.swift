#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The blocks that a folder takes up, as du(1) counts them: links are not followed.
enum DiskUsage {
    static func bytes(_ path: String) -> Int {
        var status = stat()
        guard lstat(path, &status) == 0 else { return 0 }
        var sum = Int(status.st_blocks) * 512
        guard status.st_mode & S_IFMT == S_IFDIR, let folder = opendir(path) else { return sum }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { sum += bytes("\(path)/\(name)") }
        }
        return sum
    }
}
