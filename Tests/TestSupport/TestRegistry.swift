import FoundationEssentials
import Migrations
import Postgres
import Provisioning
import Tenancy

/// A registry in a database of its own, with an app login of its own: roles are the whole cluster's.
public struct TestRegistry: Sendable {
    /// As the operator, the cluster's superuser.
    public let configuration: PostgresConfiguration
    public let client: PostgresClient
    public let provisioner: Provisioner

    public var appLogin: String { provisioner.registry.appLogin }

    /// How the app's login connects.
    public var appConfiguration: PostgresConfiguration {
        var configuration = configuration
        configuration.connectionString = TestDatabase.connectionString(
            configuration.connectionString,
            database: database,
            user: appLogin
        )
        return configuration
    }

    private let database: String

    /// A name for an app login that no other test has.
    public static func uniqueLogin() -> String {
        "app_" + UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(20)
    }

    /// Runs the body with a new registry; afterwards its database and its roles are dropped.
    /// - Parameters:
    ///   - migrations: of the tenants, `NNNN_name.sql` and its text; the product's own when it is nil.
    ///   - server: where its database is; the tests' common one when it is nil.
    public static func with<R: Sendable>(
        tenantRoles: Bool = true,
        migrations: [(file: String, text: String)]? = nil,
        on server: String? = nil,
        _ body: @Sendable (TestRegistry) async throws -> R
    ) async throws -> R {
        let login = uniqueLogin()
        return try await TestDatabase.with(on: server) { configuration in
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let control = try Migration.load(EmbeddedMigrations.control)
                _ = try await RegistryInstaller(client: client, migrations: control, logger: TestDatabase.logger)
                    .install(RegistryOptions(tenantRoles: tenantRoles, appLogin: login))
                let registry = TestRegistry(
                    configuration: configuration,
                    client: client,
                    provisioner: try await provisioner(client, migrations: migrations),
                    database: try await client.query("select current_database()::text").decodeOne(String.self)
                )
                let result: Result<R, any Error>
                do { result = .success(try await body(registry)) } catch { result = .failure(error) }
                try await dropRoles(client)
                return try result.get()
            }
        }
    }

    /// A provisioner of another version of the product, over the same registry.
    public func provisioner(migrations: [(file: String, text: String)]) async throws -> Provisioner {
        try await Self.provisioner(client, migrations: migrations)
    }

    private static func provisioner(
        _ client: PostgresClient,
        migrations: [(file: String, text: String)]?
    ) async throws -> Provisioner {
        let files = migrations?.map { (file: $0.file, bytes: Array($0.text.utf8)) } ?? EmbeddedMigrations.tenant
        let hasTokens = files.contains { String(decoding: $0.bytes, as: UTF8.self).contains("api_token") }
        let product = Product(
            migrations: try Migration.load(files),
            tokenPrefix: "polls_",
            insertToken: { hash, name in
                hasTokens ? "insert into api_token (hash, name) values (\(hash), \(name))" : "select \(hash), \(name)"
            },
            removeTokens: { hasTokens ? "delete from api_token" : "select" }
        )
        return try await Provisioner.open(
            client,
            product: product,
            registryVersion: EmbeddedMigrations.control.count,
            logger: TestDatabase.logger
        )
    }

    /// Drops the roles that a database's registry knows, so that a cluster of many tests does not fill up with them.
    public static func dropRoles(_ client: PostgresClient) async throws {
        try await client.withConnection { connection in
            let roles = try await connection.query(
                """
                select role_name from polls_control.tenant where role_name is not null
                union all select app_login from polls_control.setting
                """
            ).decode(String.self)
            for role in roles {
                let role = try Identifier(role)
                _ = try await connection.execute(script: "drop owned by \(role) cascade; drop role \(role)")
            }
        }
    }
}
