import ArgumentParser
import FoundationEssentials
import Migrations
import Postgres
import Provisioning
import Settings

/// Makes the registry.
struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prepares a PostgreSQL database for tenants, or brings it up to date.",
        discussion: """
            Makes the registry (the schema polls_control), and the server's login, which owns nothing and may only \
            enter tenants. The login's URL is printed once; give it to the server as DATABASE_URL:

              DATABASE_URL=postgresql://postgres@db/polls polls-admin init

            Connect as a login that owns the database and may create roles. A superuser's init also keeps hostile SQL \
            in one tenant from reaching others; another login's says what is missing, and the remedy.

            Doing it again changes nothing, but for new versions of the registry, and the password when one is given. \
            A private PostgreSQL needs no init.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Give tenants no roles of their own. For good: it cannot be changed later.")
    var noTenantRoles = false

    @Option(
        help: ArgumentHelp(
            "Name of the server's login; polls_app in a new registry. For good, too.",
            valueName: "login"
        )
    )
    var appLogin: String?

    @Option(
        help: ArgumentHelp(
            "File with the password that the server's login shall have, - for standard input.",
            valueName: "file"
        ),
        completion: .file()
    )
    var appPasswordFile: String?

    func run() async throws {
        let password = try appPasswordFile.map { try InputFile.read($0).trimmingSpace() }
        let options = RegistryOptions(
            tenantRoles: noTenantRoles ? false : nil,
            appLogin: appLogin,
            appPassword: password
        )
        try await shared.withClient { client, database, settings, logger in
            let installer = RegistryInstaller(
                client: client,
                migrations: try Migration.load(EmbeddedMigrations.control),
                logger: logger
            )
            let installed = try await installer.install(options)
            let url = try ConnectionString(database.configuration.connectionString).url(
                user: installed.registry.appLogin,
                password: installed.generatedPassword,
                database: installed.database
            )
            try print(installed, url: url)
        }
    }

    private func print(_ installed: InstalledRegistry, url: String) throws {
        for warning in installed.warnings {
            Output.error("warning: \(warning.what). A superuser can end that:\n  \(warning.remedy)")
        }
        let registry = installed.registry
        if output.json { return Output.line(try JSON.text(Result(installed, url: url))) }
        Output.line(
            installed.applied.isEmpty
                ? "The registry is up to date, at version \(registry.version)."
                : "The registry is made, at version \(registry.version), "
                    + "\(registry.tenantRoles ? "with" : "without") tenant roles."
        )
        if installed.generatedPassword != nil {
            Output.line(
                "The server's login is \(registry.appLogin). Its URL, shown only this once:\n\n  DATABASE_URL=\(url)\n"
            )
        } else {
            Output.line(
                "The server's login is \(registry.appLogin); its password is "
                    + (appPasswordFile == nil ? "as it was." : "that of \(appPasswordFile ?? "").")
            )
        }
    }

    private struct Result: Encodable {
        let version: Int32
        let applied: [String]
        let tenantRoles: Bool
        let appLogin: String
        /// With the password, if it was made now.
        let appURL: String
        let warnings: [Warning]

        struct Warning: Encodable {
            let what: String
            let remedy: String
        }

        init(_ installed: InstalledRegistry, url: String) {
            version = installed.registry.version
            applied = installed.applied
            tenantRoles = installed.registry.tenantRoles
            appLogin = installed.registry.appLogin
            appURL = url
            warnings = installed.warnings.map { Warning(what: $0.what, remedy: $0.remedy) }
        }
    }
}
