import CSubreaper
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The processes that belong to what is being measured: everything below this one. What was started to outlive its
/// starter is below it too, since this process is made the parent of all orphans (prctl(2), PR_SET_CHILD_SUBREAPER).
enum DeploymentProcesses {
    static func adoptOrphans() throws {
        guard become_child_subreaper() == 0 else {
            throw CompareFailure(
                "this system does not let a process adopt orphans",
                next: "Measure on Linux 3.4 or newer."
            )
        }
    }

    /// Those that are alive.
    static func all() -> [Int32] { ProcessTable.read().descendants(of: [getpid()]) }

    /// The proportional set sizes, summed, in bytes. What has gone meanwhile has none.
    static func memory(_ ids: [Int32]) -> Int {
        ids.map { id in
            guard let text = try? String(contentsOfFile: "/proc/\(id)/smaps_rollup", encoding: .utf8) else { return 0 }
            return proportionalSetSize(text)
        }.reduce(0, +)
    }

    /// Reads smaps_rollup: the line `Pss:   1234 kB`.
    static func proportionalSetSize(_ text: String) -> Int {
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            return (Int(line.filter(\.isNumber)) ?? 0) << 10
        }
        return 0
    }

    /// The sessions of PostgreSQL's clients among them.
    static func sessions(_ ids: [Int32]) -> [PostgresSession] {
        ids.compactMap { id in
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return nil }
            return PostgresSession(process: id, title: String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
    }

    /// Ends all that are left, politely at first, and returns when they have gone.
    static func endAll() async {
        let start = ContinuousClock.now
        var sent: Int32?
        while true {
            let left = all()
            if left.isEmpty { return }
            let signal =
                switch ContinuousClock.now - start {
                case ..<(.seconds(3)): SIGTERM
                // PostgreSQL's fast shutdown.
                case ..<(.seconds(8)): SIGINT
                default: SIGKILL
                }
            if signal != sent || signal == SIGKILL {
                for id in left { kill(id, signal) }
                sent = signal
            }
            if ContinuousClock.now - start > .seconds(20) { return }
            // Not cancelled with the rest: what was started is ended in any case.
            await Task { try? await Task.sleep(for: .milliseconds(20)) }.value
        }
    }
}
