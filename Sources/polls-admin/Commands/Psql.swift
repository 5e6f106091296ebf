import ArgumentParser
import FoundationEssentials
import Postgres
import Provisioning

/// Opens psql inside of a tenant.
struct Psql: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens psql inside of a tenant.",
        discussion: """
            With the tenant's schema as the search path, and its role: it sees what the tenant's requests see. What \
            stands after -- goes to psql.

              polls-admin psql potter
              polls-admin psql potter -- -c 'table question'

            The exit code is psql's own.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var tenant: NameArgument

    @Argument(parsing: .postTerminator, help: "For psql.")
    var arguments: [String] = []

    func run() async throws {
        let name = try tenant.name
        let inherited = ProcessInfo.processInfo.environment
        let code = try await shared.withSession { session in
            try await session.fleet.withHome(of: name) { home in
                let process = PsqlProcess(
                    try ConnectionString(home.configuration.connectionString),
                    entry: try await home.provisioner.entry(name),
                    tenant: name.rawValue,
                    arguments: arguments,
                    inherited: inherited
                )
                return try await process.run(inherited: inherited)
            }
        }
        if code != 0 { throw ExitCode(code) }
    }
}
