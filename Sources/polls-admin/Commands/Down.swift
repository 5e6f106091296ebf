import ArgumentParser
import Provisioning

/// Stops isolated tenants' containers.
struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stops isolated tenants' servers; their data stays, and up brings them back.",
        discussion: """
            All of them and the front door that was started for them, or those that are named. Tenants of the other levels \
            are served as before by the shared server itself. The nginx of docker-compose.yaml goes on running.

              polls-admin down
              polls-admin down potter
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @OptionGroup var tenants: IsolatedNames

    func run() async throws {
        let names = try tenants.names
        try await shared.turnEach(into: "down", output) { session, report in
            try await session.fleet.down(names, report: report)
        }
    }
}
