import Deployment
import FoundationEssentials
import Logging
import Migrations
import Postgres
import Provisioning
import Settings
import Tenancy

/// What a command works with.
struct Session {
    let settings: Settings
    let database: Database
    let fleet: Fleet
    /// Of the registry that lists the fleet.
    var provisioner: Provisioner { fleet.control }
}

extension SharedOptions {
    /// Opens PostgreSQL, reads the registry, and closes again after the call. A private PostgreSQL gets its registry,
    /// or the newest version of it, by itself.
    func withSession<R: Sendable>(_ body: (Session) async throws -> R) async throws -> R {
        try await withClient { client, database, settings, logger in
            let control = try Migration.load(EmbeddedMigrations.control)
            let product = try Product.polls()
            func open() async throws -> Provisioner {
                try await Provisioner.open(
                    client,
                    product: product,
                    registryVersion: control.count,
                    logger: logger
                )
            }
            let provisioner: Provisioner
            do {
                provisioner = try await open()
            } catch let error as ProvisioningError
                where database.embedded != nil && [.registryMissing, .registryVersion].contains(error.code)
            {
                _ = try await RegistryInstaller(client: client, migrations: control, logger: logger).install()
                provisioner = try await open()
            }
            let fleet = Fleet(
                control: provisioner,
                configuration: database.configuration,
                migrations: control,
                runtime: Runtime.once(settings),
                logger: logger
            )
            return try await body(Session(settings: settings, database: database, fleet: fleet))
        }
    }

    /// Opens PostgreSQL, whatever is in it, and closes it after the call.
    func withClient<R: Sendable>(
        _ body: (PostgresClient, Database, Settings, Logger) async throws -> R
    ) async throws -> R {
        let settings = try settings()
        settings.bootstrapLogging()
        let logger = Logger(label: "polls-admin")
        guard case .engine = settings.adminDatabase ?? settings.database else {
            return try await withClient(settings, logger, body)
        }
        return try await StackDatabase.withOperatorURL { url in
            var settings = settings
            settings.adminDatabase = .server(Secret(url))
            return try await withClient(settings, logger, body)
        }
    }

    private func withClient<R: Sendable>(
        _ settings: Settings,
        _ logger: Logger,
        _ body: (PostgresClient, Database, Settings, Logger) async throws -> R
    ) async throws -> R {
        try await Database.with(settings, as: .operator, logger: logger) { database in
            var database = database
            database.configuration.connections = 0
            database.configuration.leases = 8
            return try await PostgresClient.withClient(database.configuration, logger: logger) { [database] client in
                try await body(client, database, settings, logger)
            }
        }
    }
}

extension Product {
    /// What a tenant of this product has.
    static func polls() throws -> Product {
        Product(
            migrations: try Migration.load(EmbeddedMigrations.tenant),
            tokenPrefix: "polls_",
            insertToken: { hash, name in "insert into api_token (hash, name) values (\(hash), \(name))" },
            removeTokens: { "delete from api_token" }
        )
    }
}
