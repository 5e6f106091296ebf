import ArgumentParser
import Settings

/// The operator's tool.
@main
struct PollsAdmin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "polls-admin",
        abstract: "Makes and looks after tenants: one PostgreSQL schema for each.",
        discussion: """
            A tenant is a subdomain with a schema of its own. On a fresh machine this is all:

              polls-admin create-schema potter
              polls-server

            Which PostgreSQL: --database-url, else DATABASE_URL, else a private one in .polls/, started when it is \
            needed. On a PostgreSQL of your own, run `polls-admin init` once, as a login that may create roles and \
            schemas.

            A change of a tenant happens as a whole, or not at all: in a schema it is one transaction. Where a database or \
            a container was being made or dropped by a command that was killed, the same command again ends the work.

            Exit codes: 0 done, 1 failed, 2 wrong use, 3 partly done, or something found by audit.

            Completions for the shell, as bash: polls-admin --generate-completion-script bash
            """,
        version: ProductVersion.text(of: "polls-admin"),
        groupedSubcommands: [
            CommandGroup(name: "Setting up:", subcommands: [Init.self]),
            CommandGroup(
                name: "Tenants:",
                subcommands: [
                    CreateSchema.self, List.self, Show.self, Token.self, Rename.self, Suspend.self, Resume.self,
                    DropSchema.self,
                ]
            ),
            CommandGroup(name: "Copies of tenants:", subcommands: [Archive.self, Restore.self, Clone.self]),
            CommandGroup(
                name: "The fleet:",
                subcommands: [
                    Status.self, Audit.self, Migrate.self, Move.self, Isolate.self, Up.self, Down.self, Servers.self,
                ]
            ),
            CommandGroup(name: "Inside of a tenant:", subcommands: [Psql.self, Sql.self]),
        ]
    )

    static func main() async {
        StandardStreams.occupy()
        StandardStreams.surviveClosedPipes()
        do {
            try CommandNames.check(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            if let error = Output.lost { throw LostOutput(error: error) }
        } catch {
            Exit.now(after: error)
        }
    }
}
