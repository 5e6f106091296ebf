import FoundationEssentials
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// A program, run to its end, with what it printed and how long it took.
struct Command {
    struct Output {
        let text: String
        /// Seconds from its start to its end, as seen from outside.
        let seconds: Double
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let path: String
    let arguments: [String]
    let environment: [String: String]

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    var executable: Executable {
        let found = Self.postgresTool(path) ?? path
        return found.contains("/") ? .path(FilePath(found)) : .name(found)
    }

    /// These are not on the PATH of every distribution.
    static func postgresTool(_ name: String) -> String? {
        guard ["pgbench", "postgres", "initdb", "pg_ctl"].contains(name) else { return nil }
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.sorted().last.map { "\(root)/\($0)/bin/\(name)" }
    }

    var fullEnvironment: Environment {
        let additions = environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) }
        return .inherit.updating(Dictionary(additions) { $1 })
    }

    /// Runs it to its end.
    /// - Throws: ``Failure`` when it ends with anything but success.
    func run() async throws -> Output {
        let outcome = try await outcome()
        guard outcome.succeeded else {
            throw Failure(
                description: "\(path) \(arguments.joined(separator: " ")) ended with \(outcome.status): "
                    + outcome.errors + outcome.text
            )
        }
        return Output(text: outcome.text, seconds: outcome.seconds)
    }

    /// How a program ended, whether well or not.
    struct Outcome {
        let succeeded: Bool
        let status: String
        let text: String
        let errors: String
        let seconds: Double

        var all: String { text + errors }
    }

    func outcome() async throws -> Outcome {
        let start = ContinuousClock.now
        let result = try await Subprocess.run(
            executable,
            arguments: Arguments(arguments),
            environment: fullEnvironment,
            output: .string(limit: 1 << 22),
            error: .string(limit: 1 << 20)
        )
        return Outcome(
            succeeded: result.terminationStatus.isSuccess,
            status: "\(result.terminationStatus)",
            text: result.standardOutput,
            errors: result.standardError,
            seconds: (ContinuousClock.now - start).seconds
        )
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
