import ArgumentParser
import Logging
import Settings

/// Options of every command. Each goes before the environment's variable of the same name, and that before the file.
struct SharedOptions: ParsableArguments {
    @Option(
        name: .customLong("database-url"),
        help: ArgumentHelp(
            "PostgreSQL, as a libpq URI or connection string (DATABASE_URL). Other users can see a command line: "
                + "a password is safer in the variable.",
            valueName: "url"
        )
    )
    var databaseURL: String?

    @Option(help: ArgumentHelp("Folder of the private PostgreSQL (POLLS_DATA; .polls).", valueName: "folder"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "Domain below which each tenant has its host (POLLS_BASE_DOMAIN; polls.localhost).",
            valueName: "domain"
        )
    )
    var baseDomain: String?

    @Option(help: ArgumentHelp("The server's port, for printed URLs (PORT; 8080).", valueName: "port"))
    var port: String?

    @Option(help: ArgumentHelp("Configuration file: a JSON object of these names (POLLS_CONFIG).", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "What runs the containers of isolated tenants, docker or process (POLLS_RUNTIME; docker).",
            valueName: "runtime"
        )
    )
    var runtime: String?

    @Flag(help: "Log what is done to standard error.")
    var verbose = false

    /// The settings, with these options before all else.
    func settings() throws -> Settings {
        let flags = [
            "DATABASE_URL": databaseURL, "POLLS_DATA": data, "POLLS_BASE_DOMAIN": baseDomain, "PORT": port,
            "POLLS_CONFIG": config, "POLLS_RUNTIME": runtime,
        ]
        var settings = try Settings(flags: flags.compactMapValues(\.self))
        settings.logLevel = verbose ? .debug : max(.warning, settings.logLevel)
        return settings
    }
}

/// The option of every command that prints.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, for programs.")
    var json = false
}
