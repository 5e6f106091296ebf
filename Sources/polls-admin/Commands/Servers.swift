import ArgumentParser
import Postgres
import Provisioning
import Tenancy

/// Servers that tenants' own databases can be on.
struct Servers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Other PostgreSQL servers, for tenants with databases of their own.",
        discussion: """
              polls-admin servers add asgard postgresql://postgres@db2/postgres
              polls-admin create-schema odin --level database@asgard
              polls-admin servers drain asgard
            """,
        subcommands: [ServersAdd.self, ServersList.self, ServersDrain.self, ServersRemove.self]
    )
}

/// Adds a server.
struct ServersAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds a server, and makes the app's login there.",
        discussion: """
            The URL is an operator's: a login that may make databases and roles. It is kept in the registry, where \
            the app cannot read it. After a failure the command can be run again.

              polls-admin servers add asgard postgresql://postgres@db2/postgres
              polls-admin servers add asgard --url-file asgard.url
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The server's name, as in database@NAME.")
    var name: String

    @Argument(
        help: ArgumentHelp(
            "PostgreSQL, as a libpq URI or connection string. Other users can see a command line: a password is "
                + "safer in a file."
        )
    )
    var url: String?

    @Option(
        help: ArgumentHelp("File with the URL, - for standard input.", valueName: "file"),
        completion: .file()
    )
    var urlFile: String?

    func validate() throws {
        guard (url == nil) != (urlFile == nil) else { throw ValidationError("give the URL, or --url-file") }
        guard TenantName.isWellFormed(name) else {
            throw ValidationError(
                "\(name.debugDescription) is no server's name: use 1 to 40 of a–z, 0–9 and single hyphens, with a letter "
                    + "first"
            )
        }
    }

    func run() async throws {
        let url = try urlFile.map { try InputFile.read($0).trimmingSpace() } ?? url ?? ""
        do { _ = try ConnectionString(url) } catch let error as PostgresError { throw WrongUse(error.message) }
        try await shared.withSession { session in
            let server = try await session.fleet.addServer(name, url: url)
            Output.line(
                output.json
                    ? try JSON.text(ServerOutput(server, isAnswering: true))
                    : "Added the server \(server.name). The app's login there is \(server.appLogin)."
            )
        }
    }
}

/// Lists the servers.
struct ServersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the servers, and whether they answer."
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await shared.withSession { session in
            let fleet = session.fleet
            let servers = try await fleet.servers()
            let answers = await withTaskGroup(of: (String, Bool).self) { group in
                for server in servers { group.addTask { (server.name, await fleet.isAnswering(server)) } }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            let rows = servers.map { ServerOutput($0, isAnswering: answers[$0.name] ?? false) }
            if output.json { return Output.line(try JSON.text(rows)) }
            guard !rows.isEmpty else {
                return Output.line(
                    "There is no server but the control database's own. Add one: polls-admin servers add"
                )
            }
            var table = Table("NAME", "STATE", "ADDRESS", "ANSWERS", "TENANTS", "KEPT COPIES", "UNFINISHED")
            for row in rows {
                table.add([
                    row.name, row.state, row.address, row.answers == true ? "yes" : "no", "\(row.tenants)",
                    "\(row.kept)", "\(row.unfinished)",
                ])
            }
            Output.line(table.text)
        }
    }
}

/// Lets a server take nothing new.
struct ServersDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Lets a server keep its tenants, and take no new ones.",
        discussion: """
            Its tenants stay until they are moved: polls-admin move. Doing it again changes nothing.

              polls-admin servers drain asgard
              polls-admin servers drain asgard --undo
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The server's name.")
    var name: String

    @Flag(help: "Let it take new tenants again.")
    var undo = false

    func run() async throws {
        try await shared.withSession { session in
            let server = try await session.fleet.drainServer(name, undo: undo)
            if output.json { return Output.line(try JSON.text(ServerOutput(server, isAnswering: nil))) }
            let takes = undo ? "takes new tenants again" : "takes no new tenants"
            Output.line("The server \(name) \(takes); \(server.tenants) are there.")
        }
    }
}

/// Forgets a server.
struct ServersRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forgets a server that nothing is on, and drops the app's login there.",
        discussion: """
            A server that will not come back is given up with --lost: the old copies that were kept there are forgotten, \
            and its tenants can be dropped without it. Should it come back after all, servers add takes it in again.

              polls-admin servers remove asgard --lost
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The server's name.")
    var name: String

    @Flag(help: "It does not answer, and never will again.")
    var lost = false

    func run() async throws {
        try await shared.withSession { session in
            var left: [String] = []
            var forgotten: Int64 = 0
            if lost {
                let outcome = try await session.fleet.loseServer(name)
                (left, forgotten) = (outcome.tenants, outcome.forgotten)
            } else {
                try await session.fleet.removeServer(name)
            }
            if output.json {
                let result = Result(name: name, removed: left.isEmpty, forgotten: forgotten, tenants: left)
                Output.line(try JSON.text(result))
            } else {
                if forgotten > 0 { Output.line("Kept copies that are forgotten: \(forgotten).") }
                if left.isEmpty { Output.line("Removed the server \(name).") }
            }
            guard !left.isEmpty else { return }
            Output.error(
                "these tenants are on the lost server: \(left.joined(separator: ", ")). Drop each with drop-schema, and run "
                    + "servers remove \(name) again; or, should it be back, servers add."
            )
            throw Exit.partly
        }
    }

    private struct Result: Encodable {
        let name: String
        let removed: Bool
        let forgotten: Int64
        let tenants: [String]
    }
}
