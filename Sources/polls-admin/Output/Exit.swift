import ArgumentParser
import Provisioning
import Settings
import Tenancy

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How the process ends: 0 done, 1 failed, 2 wrong use, 3 partly done.
enum Exit {
    static let failed = ExitCode(1)
    static let wrongUse = ExitCode(2)
    static let partly = ExitCode(3)

    /// Failed, or partly done, when some of several things failed.
    static func code(done: Int, failed: Int) -> ExitCode? {
        failed == 0 ? nil : done == 0 ? Exit.failed : partly
    }

    /// Says what went wrong, if it has not been said, and ends the process.
    static func now(after error: any Error) -> Never {
        if let code = error as? ExitCode { exit(code.rawValue) }
        if let wrong = error as? WrongUse {
            Output.error(wrong.description)
            exit(wrongUse.rawValue)
        }
        let code = PollsAdmin.exitCode(for: error)
        // Help and completion scripts come as errors that are none.
        if code == .success { PollsAdmin.exit(withError: error) }
        if code == .validationFailure {
            Output.error(PollsAdmin.fullMessage(for: error).replacing("Error: ", with: "", maxReplacements: 1))
            exit(wrongUse.rawValue)
        }
        // Whoever closed the pipe knows.
        if (error as? LostOutput)?.error != EPIPE { Output.error(text(of: error)) }
        exit(error is SettingsError ? wrongUse.rawValue : failed.rawValue)
    }

    /// What happened, and what to do next on a line of its own.
    static func text(of error: any Error) -> String {
        if let error = error as? any ContainerFailure { return "\(error.message).\n\(error.advice)" }
        guard let error = error as? ProvisioningError else { return "\(error)" }
        return "\(error.message).\n\(error.next)"
    }
}

/// The command line asks for what cannot be, as only the work itself can tell.
struct WrongUse: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// What was done, all or a part of it, could not be printed.
struct LostOutput: Error, CustomStringConvertible {
    let error: CInt
    /// Whether nothing was left to do.
    var isDone = true

    var description: String {
        let reason = String(cString: strerror(error))
        guard !isDone else { return "it is done, but what there was to print could not be written: \(reason)." }
        return "no further tenant was begun, since what there was to print could not be written: \(reason).\n"
            + "See which were made with list; what was not printed of a token is lost: make another with token."
    }
}
