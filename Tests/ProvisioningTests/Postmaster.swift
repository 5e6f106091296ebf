import Foundation
import Postgres
import Testing

/// The first process of a private PostgreSQL.
struct Postmaster: Sendable {
    private let data: String
    private let pid: pid_t

    /// - Parameter url: how to connect to it, by its socket.
    init(_ url: String) throws {
        let socket = try #require(try ConnectionString(url)["host"])
        data = URL(filePath: socket).deletingLastPathComponent().path + "/data"
        let text = try String(contentsOfFile: data + "/postmaster.pid", encoding: .utf8)
        pid = try #require(pid_t(text.prefix { $0.isNumber }))
    }

    /// Kills it, and returns when the last of its processes has gone, or after ten seconds.
    func kill() {
        _ = Foundation.kill(pid, SIGKILL)
        for _ in 0..<2_000 where isRunning { usleep(5_000) }
    }

    private var isRunning: Bool {
        let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }
        return pids.contains { pid in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")) == data
        }
    }
}
