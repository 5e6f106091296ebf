import ArgumentParser
import Provisioning
import Tenancy

/// Brings isolated tenants' containers up.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings isolated tenants' servers up, after a restart of the machine or with a new image.",
        discussion: """
            All of them, or those that are named. What runs already goes on running; on an engine, a server whose image \
            has changed since is made anew. The front door is set up as the registry has it. Doing it again changes nothing.

              polls-admin up
              polls-admin up potter

            After a new version: make image, polls-admin migrate, polls-admin up.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Only these tenants.")
    var name: [String] = []

    func validate() throws { _ = try NameList(name, file: nil) }

    func run() async throws {
        let names = try NameList(name, file: nil).names
        let code = try await shared.withSession { session -> ExitCode? in
            var outcomes: [Outcome] = []
            let counts = try await session.fleet.up(names.isEmpty ? nil : names) { name, error in
                outcomes.append(Outcome(name: name.rawValue, error: error.map(FailureJSON.init)))
                if let error { return Output.error(Exit.text(of: error)) }
                if !output.json { Output.line("\(name) is up.") }
            }
            if output.json {
                Output.line(try JSON.text(outcomes))
            } else if outcomes.isEmpty {
                Output.line("No tenant lives in containers.")
            }
            return Exit.code(done: counts.done, failed: counts.failed)
        }
        if let code { throw code }
    }

    /// What became of one tenant, for programs.
    private struct Outcome: Encodable {
        let name: String
        /// `nil`: it is up.
        let error: FailureJSON?
    }
}
