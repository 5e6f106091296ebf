import FoundationEssentials
import Logging

/// What the server and the operator's tool are told from outside.
public struct Settings: Sendable, Equatable {
    /// Where PostgreSQL is.
    public var database: DatabaseLocation
    /// Where PostgreSQL is for an operator, when that login is another one.
    public var adminDatabase: DatabaseLocation?
    /// The domain below which each tenant has its host.
    public var baseDomain: String
    /// The only tenant that the server serves; `nil`: every one of the registry.
    public var tenant: String?
    /// What the server calls itself when it is asked whether it is alive.
    public var nonce: String?
    /// The address that the server listens on: a host's, or `unix:` and the path of a socket.
    public var host: String
    /// The port that the server listens on; 0: any free one.
    public var port: Int
    /// Connections that requests share.
    public var connections: Int
    /// Tenants that one of them serves until it is replaced.
    public var tenantsPerConnection: Int
    /// Connections to one server of tenants' own databases, at most.
    public var serverConnections: Int
    /// The least severe level that is logged.
    public var logLevel: Logger.Level
    /// How a line of the log is written.
    public var logFormat: LogFormat
    /// What runs the tenants of the level `container`.
    public var runtime: RuntimeKind
    /// Where isolated tenants' files are.
    public var deployFolder: String
    /// The front door's address on this machine.
    public var publish: String
    /// The range of isolated tenants' networks.
    public var subnets: String
    /// The shared server, as the front door reaches it.
    public var sharedServer: String?
    /// What a client of the server may take up.
    public var limits: ServerLimits

    /// Reads flags, then the environment, then the configuration file; the first that has a setting gives it.
    ///
    /// | setting | what it is | default |
    /// |---|---|---|
    /// | `DATABASE_URL` (secret) | PostgreSQL, as a libpq URI or connection string | |
    /// | `PGHOST`, `PGDATABASE`, `PGSERVICE` | without the former: libpq's own variables, if one of these is set | |
    /// | `DATABASE_NAME`, `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_USER`, `DATABASE_PASSWORD` (secret) | without the former: PostgreSQL in parts, if the name or the host is set | |
    /// | `POLLS_DATA` | without the former: the folder of the embedded PostgreSQL | `.polls` |
    /// | `POLLS_ADMIN_DATABASE_URL` (secret) | PostgreSQL as an operator's login, for polls-admin, before all others; `docker:` is that of the compose file | |
    /// | `POLLS_BASE_DOMAIN` | the domain below which each tenant has its host | `polls.localhost` |
    /// | `POLLS_TENANT` | the only tenant that the server serves; every other host is unknown to it | |
    /// | `POLLS_NONCE` | what the server calls itself, in the field `Polls-Upstream` of `/livez` | |
    /// | `HOST` | the server's address, or `unix:` and a socket's path | `127.0.0.1` |
    /// | `PORT` | the server's port; 0: any free one | `8080` |
    /// | `POLLS_CONNECTIONS` | connections to PostgreSQL that requests share | `4` |
    /// | `POLLS_TENANTS_PER_CONNECTION` | a shared connection is replaced after so many tenants: some 50 KiB of its backend's memory each | `5000` |
    /// | `POLLS_SERVER_CONNECTIONS` | connections to one server of tenants' own databases | `32` |
    /// | `POLLS_LOG_LEVEL` | trace, debug, info, notice, warning, error, critical | `info` |
    /// | `POLLS_LOG_FORMAT` | text, json | `text` |
    /// | `POLLS_REQUEST_TIMEOUT` | seconds from a request's last byte until its answer is written; 503 a tenth of that before, a second at most, where it is not done | `10` |
    /// | `POLLS_HEADER_TIMEOUT` | seconds from a connection's start to the end of its first request's headers | `5` |
    /// | `POLLS_BODY_TIMEOUT` | seconds from the end of a request's headers to the end of its body | `10` |
    /// | `POLLS_IDLE_TIMEOUT` | seconds from an answer to the end of the next request's headers | `60` |
    /// | `POLLS_SHUTDOWN_TIMEOUT` | seconds for requests under way when the server stops | `20` |
    /// | `POLLS_STATEMENT_TIMEOUT` | seconds for one statement, less than `POLLS_REQUEST_TIMEOUT`, by default at most half of it; it waits for a lock for a fifth of that | `5` |
    /// | `POLLS_MAX_CONNECTIONS` | clients connected at once; from three quarters on, those that are idle for a second make room | `1024` |
    /// | `POLLS_MAX_BODY` | bytes of a request's body | `65536` |
    /// | `POLLS_RUNTIME` | what runs containers: docker, or process without an engine | `docker` |
    /// | `POLLS_DEPLOY` | the folder of isolated tenants' files | `.polls/deploy` |
    /// | `POLLS_PUBLISH` | the front door's address on this machine | `127.0.0.1:8080` |
    /// | `POLLS_SUBNETS` | the private range of isolated tenants' networks | `10.213.0.0/16` |
    /// | `POLLS_SHARED_SERVER` | the shared server, as the front door reaches it: `app:8080` by default in containers | |
    /// | `POLLS_CONFIG` | the configuration file: a JSON object of these names | |
    ///
    /// - Parameters:
    ///   - flags: what the command line says, by the names above. A database that is named here, in whichever
    ///     way, goes before one that only the environment names.
    ///   - environment: the process's own, unless a test says otherwise.
    /// - Throws: ``SettingsError``.
    public init(
        flags: [String: String] = [:],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let path = flags["POLLS_CONFIG"] ?? environment["POLLS_CONFIG"] ?? ""
        let file = path.isEmpty ? [:] : try ConfigurationFile(path: path).values
        if let unknown = file.keys.sorted().first(where: { !Self.names.contains($0) }) {
            let meant = Self.names.contains("POLLS_" + unknown) ? "; POLLS_\(unknown) is" : ""
            throw SettingsError(.unknown, unknown, "\(path) has \(unknown), which is no setting\(meant)")
        }
        let reader = SettingsReader(flags: flags, environment: environment, file: file, path: path)

        self.database = try DatabaseLocation(reader, flags: SettingsReader(flags: flags), environment: environment)
        self.adminDatabase = DatabaseLocation.forOperator(reader, flags: SettingsReader(flags: flags))
        self.baseDomain = try reader.domain("POLLS_BASE_DOMAIN", default: "polls.localhost")
        self.tenant = reader.text("POLLS_TENANT")
        self.nonce = try reader.visible("POLLS_NONCE")
        self.host = reader.text("HOST") ?? "127.0.0.1"
        self.port = try reader.number("PORT", default: 8080, in: 0...65_535)
        self.connections = try reader.number("POLLS_CONNECTIONS", default: 4, in: 1...1000)
        self.tenantsPerConnection = try reader.number(
            "POLLS_TENANTS_PER_CONNECTION",
            default: 5000,
            in: 10...10_000_000
        )
        self.serverConnections = try reader.number("POLLS_SERVER_CONNECTIONS", default: 32, in: 1...10_000)
        self.logLevel = try reader.choice("POLLS_LOG_LEVEL", default: .info)
        self.logFormat = try reader.choice("POLLS_LOG_FORMAT", default: .text)
        self.runtime = try reader.choice("POLLS_RUNTIME", default: .docker)
        self.deployFolder = reader.text("POLLS_DEPLOY") ?? ".polls/deploy"
        self.publish = reader.text("POLLS_PUBLISH") ?? "127.0.0.1:8080"
        self.subnets = reader.text("POLLS_SUBNETS") ?? "10.213.0.0/16"
        self.sharedServer = reader.text("POLLS_SHARED_SERVER")
        self.limits = try ServerLimits(reader)
    }

    /// Reads groups of flags, then the environment, then the configuration file.
    /// - Throws: ``SettingsError``.
    public init(
        flags groups: [any SettingFlags],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let flags = groups.reduce(into: [:]) { $0.merge($1.values) { $1 } }
        try self.init(flags: flags, environment: environment)
    }

    /// The settings that a configuration file may have.
    static let names: Set<String> = [
        "DATABASE_URL", "DATABASE_NAME", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_USER", "DATABASE_PASSWORD",
        "POLLS_DATA", "POLLS_ADMIN_DATABASE_URL", "POLLS_BASE_DOMAIN", "POLLS_TENANT", "POLLS_NONCE", "HOST", "PORT",
        "POLLS_CONNECTIONS", "POLLS_TENANTS_PER_CONNECTION", "POLLS_SERVER_CONNECTIONS", "POLLS_LOG_LEVEL",
        "POLLS_LOG_FORMAT",
        "POLLS_REQUEST_TIMEOUT", "POLLS_HEADER_TIMEOUT", "POLLS_BODY_TIMEOUT", "POLLS_IDLE_TIMEOUT",
        "POLLS_SHUTDOWN_TIMEOUT", "POLLS_STATEMENT_TIMEOUT", "POLLS_MAX_CONNECTIONS", "POLLS_MAX_BODY",
        "POLLS_RUNTIME", "POLLS_DEPLOY", "POLLS_PUBLISH", "POLLS_SUBNETS", "POLLS_SHARED_SERVER",
    ]
}
