import CLibpq
import EmbeddedPostgres
import Foundation
import Logging

/// Looks at a cluster from outside, as libpq and the kernel see it.
enum Probe {
    /// Runs SQL and gives the first value, or the error's text.
    static func query(_ sql: String, on postgres: EmbeddedPostgres, database: String? = nil) -> String {
        query(sql, conninfo: postgres.connectionString(database: database))
    }

    static func query(_ sql: String, conninfo: String) -> String {
        let connection = PQconnectdb(conninfo)
        defer { PQfinish(connection) }
        guard PQstatus(connection) == CONNECTION_OK else { return String(cString: PQerrorMessage(connection)) }
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK: return PQntuples(result) > 0 ? String(cString: PQgetvalue(result, 0, 0)) : ""
        case PGRES_COMMAND_OK: return ""
        default: return String(cString: PQerrorMessage(connection))
        }
    }

    /// The processes whose command line or working folder names `home`, zombies left out.
    static func processes(of home: String) -> [String] {
        let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }
        return pids.filter { pid in
            guard Int(pid) != Int(getpid()) else { return false }
            let command = (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline"))) ?? Data()
            let folder = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")) ?? ""
            return String(decoding: command, as: UTF8.self).contains(home) || folder.hasPrefix(home)
        }
    }

    static func sockets(in home: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: home + "/socket")) ?? [])
    }

    static func postmasterPid(of home: String) -> pid_t {
        let text = (try? String(contentsOfFile: home + "/data/postmaster.pid", encoding: .utf8)) ?? ""
        return pid_t(text.prefix { $0.isNumber }) ?? 0
    }

    /// Whether somebody holds a lock on the file, `WRITE` alone or `READ` with others (proc(5), `/proc/locks`).
    static func isLocked(_ path: String, _ mode: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        let table = KernelTable.text("/proc/locks") ?? ""
        return table.split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.count > 5 && words[1] == "FLOCK" && words[3] == mode
                && words[5].split(separator: ":").last == "\(status.st_ino)"
        }
    }

    /// Asks until the answer is yes, for at most two minutes, which is longer than any start or stop takes.
    static func eventually(_ condition: () -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(120)
        while !condition() {
            guard ContinuousClock.now < deadline else { return false }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return true
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A new folder that is removed at the end, with the home that root's own folders have elsewhere.
func withFolder<Value>(
    mode: Int = 0o755,
    name: String = "polls-test-\(UUID().uuidString.prefix(8))",
    _ body: (String) async throws -> Value
) async throws -> Value {
    let folder = "/tmp/\(name)"
    let files = FileManager.default
    try files.createDirectory(
        atPath: folder,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: mode]
    )
    defer {
        if let home = try? files.destinationOfSymbolicLink(atPath: folder + "/cluster") {
            try? files.removeItem(atPath: home)
        }
        try? files.removeItem(atPath: folder)
    }
    return try await body(folder)
}

/// Opens a cluster for the time of `body`.
func withCluster<Value>(
    in folder: String,
    options: EmbeddedPostgres.Options = .small,
    _ body: (EmbeddedPostgres) async throws -> Value
) async throws -> Value {
    try await EmbeddedPostgres.with(in: folder, options: options, logger: quiet, body)
}
