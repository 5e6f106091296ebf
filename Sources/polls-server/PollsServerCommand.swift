import ArgumentParser
import Settings
import Tenancy

/// The shared HTTP app.
@main
struct PollsServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "polls-server",
        abstract: "Serves every tenant's polls, each under its own subdomain.",
        discussion: """
            Each setting can be given as a flag, in the environment (DATABASE_URL, HOST, PORT, POLLS_…) or in a JSON \
            file; a flag goes before the environment, and both before the file. Without a database it uses the \
            private PostgreSQL in .polls/. Run `polls-admin init` once before, on a database of your own.

            Examples:
              polls-server
              polls-server --port 9000 --log-format json
              DATABASE_URL=postgres://polls_app:…@db/polls polls-server --host 0.0.0.0
            """,
        version: ProductVersion.text(of: "polls-server"),
        subcommands: [Serve.self, Healthcheck.self],
        defaultSubcommand: Serve.self
    )

    /// Wrong use ends with 2, as for every tool of this product.
    static func main() async {
        StandardStreams.occupy()
        do {
            var command = try parseAsRoot()
            if var command = command as? AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            if error is SettingsError || error is TenantNameError || exitCode(for: error) == .validationFailure {
                var standardError = StandardError()
                print(fullMessage(for: error), to: &standardError)
                Self.exit(withError: ExitCode(2))
            }
            exit(withError: error)
        }
    }
}
