import EmbeddedPostgres
import FoundationEssentials
import Glibc
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// A program that outlives the command that starts it, and is started again when it dies, until ``stop()``.
///
/// A shell in a session of its own runs it. `NAME.lock` is held (flock(2)) by the shell, the program and its children: it
/// is free when none is left. `NAME.pid` has the shell's pid and start time (proc(5), field 22), so that no other process
/// that was given the number later is ever stopped.
struct DetachedProcess: Sendable {
    /// Where its log, lock and pid files are.
    let folder: String
    let name: String

    var log: String { "\(folder)/\(name).log" }
    private var lock: String { "\(folder)/\(name).lock" }
    private var pid: String { "\(folder)/\(name).pid" }

    /// `$1`: the folder, `$2`: the name; the rest: the program's command line.
    private static let script = """
        umask 077
        file=$1/$2; shift 2
        exec </dev/null >>"$file.log" 2>&1 8>>"$file.lock"
        flock -x -n 8 || exit 75
        (
            stopping= child=
            trap 'stopping=1; [ -z "$child" ] || kill -TERM $child' TERM
            trap '' INT HUP
            read -r self rest </proc/self/stat
            echo "$self $(cut -d ' ' -f 22 /proc/$self/stat)" >"$file.pid"
            while [ -z "$stopping" ]; do
                setpriv --pdeathsig TERM "$@" &
                child=$!
                wait $child
                # A signal ends the first wait.
                [ -z "$stopping" ] || { wait $child; break; }
                child=
                # Children that a killed program left would be in the way of the next.
                for holder in /proc/[0-9]*/fd/8; do
                    pid=${holder#/proc/} pid=${pid%%/*}
                    [ "$holder" -ef "$file.lock" ] && [ "$pid" != "$self" ] && kill -TERM "$pid"
                done 2>/dev/null
                sleep 0.5
            done
            rm -f "$file.pid"
        ) &
        """

    /// Whether the program or its shell is there.
    var isRunning: Bool {
        let descriptor = open(lock, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }

    /// Starts the program unless it runs.
    func start(_ command: [String], environment: [String: String]) async throws {
        if isRunning { return }
        var options = PlatformOptions()
        options.createSession = true
        let variables = environment.merging(["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"]) {
            own,
            _ in own
        }
        let result = try await Subprocess.run(
            .path("/bin/sh"),
            arguments: Arguments(["-c", Self.script, "detached-process", folder, name] + command),
            environment: .custom(
                Dictionary(variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }) { $1 }
            ),
            workingDirectory: "/",
            platformOptions: options,
            output: .string(limit: 1 << 16),
            error: .combinedWithOutput
        )
        // 75: another start was faster.
        guard result.terminationStatus.isSuccess || result.terminationStatus == .exited(75) else {
            throw DeploymentError(
                .notReady,
                "the shell that runs \(name) in \(folder) ended at once",
                next: "Check that flock and setpriv (util-linux) are installed.",
                output: result.standardOutput
            )
        }
    }

    /// Stops the program and its shell, and returns when both have gone.
    func stop() async throws {
        let hasStopped = try await poll(atMost: .seconds(40)) {
            guard isRunning else { return true }
            // Again and again: it may not have heard the first, being on its way up.
            if let shell = shellPid { kill(shell, SIGTERM) }
            return try await poll(atMost: .seconds(2)) { !isRunning }
        }
        guard hasStopped else {
            throw DeploymentError(
                .notReady,
                "\(name) in \(folder) does not stop",
                next: "See \(log), and who holds \(name).lock there: fuser \(lock)."
            )
        }
    }

    /// The end of what the program said.
    var lastWords: String {
        let text = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").suffix(20).joined(separator: "\n")
    }

    /// The shell's pid, if it is still that process.
    private var shellPid: pid_t? {
        guard let words = try? String(contentsOfFile: pid, encoding: .utf8).split(whereSeparator: \.isWhitespace),
            words.count == 2, let pid = pid_t(words[0]),
            let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        else { return nil }
        // The second field, the name, is in parentheses and may have blanks.
        let fields = status[(status.lastIndex(of: ")") ?? status.startIndex)...].split(separator: " ")
        return fields.count > 20 && fields[20] == words[1] ? pid : nil
    }
}
