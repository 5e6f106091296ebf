import ArgumentParser
import Provisioning

/// Brings isolated tenants' containers up.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings isolated tenants' servers up, after a restart of the machine or with a new image.",
        discussion: """
            All of them, or those that are named. What runs already goes on running; on an engine, a server whose image \
            has changed since is made anew. The front door is set up as the registry has it. Doing it again changes nothing.

              polls-admin up
              polls-admin up potter

            After a new version: make image, polls-admin init, polls-admin migrate, polls-admin up.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @OptionGroup var tenants: IsolatedNames

    func run() async throws {
        let names = try tenants.names
        try await shared.turnEach(into: "up", output) { session, report in
            try await session.fleet.up(names, report: report)
        }
    }
}
