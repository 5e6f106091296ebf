import FoundationEssentials
import Subprocess

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A `polls-server`, or another HTTP server, that runs for the length of a call.
struct ServerProcess {
    let processID: Int32
    let port: Int
    /// Seconds from its start to its first answer.
    let startSeconds: Double

    /// Starts it, waits for its first answer to `probe`, and stops it afterwards.
    static func with<R: Sendable>(
        _ command: Command,
        port: Int,
        probe: String = "/livez",
        host: String = "localhost",
        _ body: @escaping @Sendable (ServerProcess) async throws -> R
    ) async throws -> R {
        let start = ContinuousClock.now
        let result = try await Subprocess.run(
            command.executable,
            arguments: Arguments(command.arguments),
            environment: command.fullEnvironment,
            input: .none,
            output: .discarded,
            error: .discarded
        ) { execution in
            let processID = execution.processIdentifier.value
            defer { kill(processID, SIGTERM) }
            while LoopbackHTTP.status(port: port, path: probe, host: host) != 200 {
                guard kill(processID, 0) == 0, ContinuousClock.now - start < .seconds(20) else {
                    throw Command.Failure(description: "\(command.path) did not answer on port \(port)")
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            let seconds = (ContinuousClock.now - start).seconds
            return try await body(ServerProcess(processID: processID, port: port, startSeconds: seconds))
        }
        return result.closureResult
    }

    /// Resident memory, in MiB.
    func residentMegabytes() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            let digits = line.filter(\.isNumber)
            return (Double(digits) ?? .nan) / 1024
        }
        return .nan
    }
}
