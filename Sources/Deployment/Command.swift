import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// Runs programs to their end.
enum Command {
    /// What a run came to.
    struct Outcome: Sendable {
        let succeeded: Bool
        let code: Int
        let output: String
        let errors: String
    }

    /// Runs a program of `PATH`, or at a path, in this process's environment.
    /// - Parameters:
    ///   - input: what it reads.
    ///   - environment: variables beside this process's.
    static func run(
        _ program: String,
        _ arguments: [String],
        input: String = "",
        environment: [String: String] = [:]
    ) async throws -> Outcome {
        let additions = environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) }
        do {
            let result = try await Subprocess.run(
                program.contains("/") ? .path(FilePath(program)) : .name(program),
                arguments: Arguments(arguments),
                environment: .inherit.updating(Dictionary(additions) { $1 }),
                input: .string(input),
                output: .string(limit: 1 << 22),
                error: .string(limit: 1 << 20)
            )
            let code = if case .exited(let code) = result.terminationStatus { Int(code) } else { 128 }
            return Outcome(
                succeeded: result.terminationStatus.isSuccess,
                code: code,
                output: result.standardOutput,
                errors: result.standardError
            )
        } catch let error as CancellationError {
            throw error
        } catch {
            throw DeploymentError(
                .programMissing,
                "cannot run \(program): \(error)",
                next: "Install it, and see that it is in PATH."
            )
        }
    }
}
