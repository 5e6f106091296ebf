import EmbeddedPostgres
import Logging
import Postgres

/// A PostgreSQL that can be connected to, and the private cluster behind it where there is one.
public struct Database: Sendable {
    /// Who connects.
    public enum Login: Sendable {
        /// May create roles and schemas: the operator's tool.
        case `operator`
        /// May only act as a tenant: the server.
        case app
    }

    /// The login of the server on an embedded cluster.
    public static let appLogin = "polls_app"

    /// How to connect.
    public var configuration: PostgresConfiguration
    /// The private cluster, when it is one.
    public var embedded: EmbeddedPostgres?

    /// Runs the body with the PostgreSQL of the settings, and lets go of it however that ends.
    /// - Throws: what the body throws, and what ``open(_:as:logger:)`` does.
    public static func with<R>(
        _ settings: Settings,
        as login: Login,
        logger: Logger,
        _ body: (Database) async throws -> R
    ) async throws -> R {
        let database = try await open(settings, as: login, logger: logger)
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    /// Finds PostgreSQL as the settings say, and starts the private one where they name none.
    /// - Throws: `EmbeddedPostgresError`, and ``SettingsError`` where only the operator's tool can find it.
    public static func open(_ settings: Settings, as login: Login, logger: Logger) async throws -> Database {
        let location = login == .operator ? settings.adminDatabase ?? settings.database : settings.database
        switch location {
        case .server(let url):
            do { _ = try ConnectionString(url.revealed) } catch let error as PostgresError {
                throw SettingsError(.value, "DATABASE_URL", error.message)
            }
            return Database(settings, login, connectionString: url.revealed)
        case .environment:
            return Database(settings, login, connectionString: "")
        case .engine:
            throw SettingsError(.value, "DATABASE_URL", "DATABASE_URL is docker:, which only polls-admin understands")
        case .embedded(let folder):
            let options = EmbeddedPostgres.Options(database: "polls")
            let embedded = try await EmbeddedPostgres.open(in: folder, options: options, logger: logger)
            let user = login == .operator ? "postgres" : appLogin
            return Database(
                settings,
                login,
                connectionString: embedded.connectionString(user: user),
                embedded: embedded
            )
        }
    }

    private init(
        _ settings: Settings,
        _ login: Login,
        connectionString: String,
        embedded: EmbeddedPostgres? = nil
    ) {
        configuration = PostgresConfiguration(connectionString: connectionString)
        configuration.connections = settings.connections
        configuration.ownersPerConnection = settings.tenantsPerConnection
        switch login {
        case .operator:
            configuration.applicationName = "polls-admin"
        case .app:
            configuration.applicationName = "polls-server"
            // A statement that may take longer has to be waited for, too.
            configuration.timeout = max(configuration.timeout, settings.limits.statementTimeout)
            configuration.serverSettings["statement_timeout"] = "\(settings.limits.statementTimeout.milliseconds)"
        }
        self.embedded = embedded
    }

    /// Lets go of the private cluster, where there is one; its last user stops it.
    public func close() async {
        await embedded?.close()
    }
}
