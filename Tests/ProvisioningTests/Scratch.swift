import FoundationEssentials
import Testing

/// A folder of a test's own.
struct Scratch {
    let path: String

    /// What is in it, by name.
    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    /// Runs the body with a new folder, which is removed afterwards.
    static func with<R>(_ body: (Scratch) async throws -> R) async throws -> R {
        let path = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(Scratch(path: path))
    }

    func read(_ path: String) throws -> [UInt8] {
        Array(try #require(FileManager.default.contents(atPath: path)))
    }

    /// Writes a file into it.
    /// - Returns: its path.
    func write(_ bytes: [UInt8], as name: String = "changed.tenant") throws -> String {
        try Data(bytes).write(to: URL(filePath: path + "/" + name))
        return path + "/" + name
    }
}
