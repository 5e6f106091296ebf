import Migrations
import Postgres
import Provisioning
import Tenancy

/// A database with a registry, tenants and the server's login: all that a server needs to run.
public struct TestInstallation: Sendable {
    /// As the operator.
    public let operatorClient: PostgresClient
    public let provisioner: Provisioner
    /// How the operator connects.
    public let operatorConfiguration: PostgresConfiguration
    /// As the server's login.
    public let appConfiguration: PostgresConfiguration

    /// Runs the body with an installation whose tenants anybody may write to.
    /// - Parameter server: where its database is; the tests' common one when it is nil.
    public static func with<R: Sendable>(
        open: [String] = [],
        tenantRoles: Bool = true,
        on server: String? = nil,
        _ body: @Sendable (TestInstallation) async throws -> R
    ) async throws -> R {
        try await TestDatabase.with(on: server) { configuration in
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let login = TestRegistry.uniqueLogin()
                let installer = RegistryInstaller(
                    client: client,
                    migrations: try Migration.load(EmbeddedMigrations.control),
                    logger: TestDatabase.logger
                )
                _ = try await installer.install(
                    RegistryOptions(tenantRoles: tenantRoles, appLogin: login, appPassword: "test-password")
                )
                let provisioner = try await Provisioner.open(
                    client,
                    product: try TestProduct.polls(),
                    registryVersion: EmbeddedMigrations.control.count,
                    logger: TestDatabase.logger
                )
                for name in open { try await provisioner.makeOpen(name) }
                var app = configuration
                app.connectionString += " user='\(login)' password='test-password'"
                let result: Result<R, any Error>
                do {
                    result = .success(
                        try await body(
                            TestInstallation(
                                operatorClient: client,
                                provisioner: provisioner,
                                operatorConfiguration: configuration,
                                appConfiguration: app
                            )
                        )
                    )
                } catch { result = .failure(error) }
                // On a server of the test's own, nothing is left to be dropped after it.
                if server == nil {
                    let fleet = try Fleet.forTests(provisioner, configuration)
                    for tenant in try await provisioner.list() where tenant.level != .schema {
                        _ = try await fleet.drop(tenant.name)
                    }
                    try await TestRegistry.dropRoles(client)
                }
                return try result.get()
            }
        }
    }
}
