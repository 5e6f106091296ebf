import ArgumentParser
import Settings

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The flags; each is the setting of the same name.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("PostgreSQL, as the server's login: a libpq URI or connection string.", valueName: "url")
    )
    var databaseURL: String?
    @Option(help: ArgumentHelp("Serve this tenant alone; every other host is unknown.", valueName: "name"))
    var tenant: String?
    @Option(help: "The address to listen on, or unix: and a socket's path.") var host: String?
    @Option(help: "The port to listen on; 0 takes any free one.") var port: String?
    @Option(help: "The domain below which each tenant has its host.") var baseDomain: String?
    @Option(help: "Connections to PostgreSQL that requests share.") var connections: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical.") var logLevel: String?
    @Option(help: "text or json.") var logFormat: String?
    @Option(help: ArgumentHelp("A JSON file of settings.", valueName: "file")) var config: String?

    func settings() throws -> Settings {
        let flags: [String: String?] = [
            "DATABASE_URL": databaseURL, "HOST": host, "PORT": port, "POLLS_BASE_DOMAIN": baseDomain,
            "POLLS_TENANT": tenant,
            "POLLS_CONNECTIONS": connections, "POLLS_LOG_LEVEL": logLevel, "POLLS_LOG_FORMAT": logFormat,
            "POLLS_CONFIG": config,
        ]
        do {
            return try Settings(flags: flags.compactMapValues(\.self))
        } catch { throw ValidationError("\(error)") }
    }
}

/// Where errors go.
struct StandardError: TextOutputStream {
    mutating func write(_ text: String) {
        Array(text.utf8).withUnsafeBytes { bytes in
            #if canImport(Glibc)
            _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
            #else
            _ = Darwin.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
            #endif
        }
    }
}
