import Postgres
import Tenancy

/// A tenant's home that was opened: its registry, and how an operator reaches its database.
public struct OpenHome: Sendable {
    public let provisioner: Provisioner
    public let configuration: PostgresConfiguration
}

extension Fleet {
    /// Opens the database that a tenant lives in, for the length of the call.
    /// - Throws: ``ProvisioningError``, with code `noSuchTenant` among others.
    public func withHome<R: Sendable>(
        of name: TenantName,
        _ body: (OpenHome) async throws -> R
    ) async throws -> R {
        try await withHome(of: try await control.record(name), body)
    }

    func withHome<R: Sendable>(of tenant: TenantRecord, _ body: (OpenHome) async throws -> R) async throws -> R {
        guard let id = tenant.homeID else {
            return try await body(OpenHome(provisioner: control, configuration: configuration))
        }
        return try await withProvisioner(of: try await home(id), container: tenant.container(id), body)
    }

    /// The registry that is in a home's database.
    func withProvisioner<R: Sendable>(
        of home: Home,
        container: TenantContainer,
        _ body: (OpenHome) async throws -> R
    ) async throws -> R {
        try await withConfiguration(of: home, container: container) { configuration in
            try await PostgresClient.withClient(configuration, logger: logger) { client in
                let provisioner: Provisioner
                do {
                    provisioner = try await Provisioner.open(
                        client,
                        product: control.product,
                        registryVersion: migrations.count,
                        logger: logger
                    )
                } catch let error as ProvisioningError where error.code == .registryVersion {
                    // A home made by an older program: its registry is this fleet's to bring up to date.
                    _ = try await RegistryInstaller(client: client, migrations: migrations, logger: logger).install()
                    provisioner = try await Provisioner.open(
                        client,
                        product: control.product,
                        registryVersion: migrations.count,
                        logger: logger
                    )
                } catch let error as ProvisioningError where error.code == .connectionLost {
                    throw ProvisioningError(
                        .connectionLost,
                        "the home of \(container.tenant), \(home.place), does not answer: "
                            + (error.cause?.words ?? error.message),
                        next: "Check that its PostgreSQL runs. No other tenant depends on it.",
                        cause: error.cause
                    )
                }
                return try await body(OpenHome(provisioner: provisioner, configuration: configuration))
            }
        }
    }

    /// How an operator connects to a home's database.
    func withConfiguration<R: Sendable>(
        of home: Home,
        container: TenantContainer,
        _ body: (PostgresConfiguration) async throws -> R
    ) async throws -> R {
        var configuration = configuration
        guard let database = home.database else { return try await body(configuration) }
        switch home.level {
        case .schema: return try await body(configuration)
        case .database:
            configuration.connectionString = try await operatorString(server: home.server)
                .with("dbname", database).text
            return try await body(configuration)
        case .container:
            return try await runtime().withOperatorURL(container) { url in
                var configuration = configuration
                configuration.connectionString = try ConnectionString(url).with("dbname", database).text
                return try await body(configuration)
            }
        }
    }

    /// How an operator connects to a server, whatever the database.
    func operatorString(server: String?) async throws -> ConnectionString {
        guard let server else { return try ConnectionString(configuration.connectionString) }
        return try ConnectionString(try await self.server(server).operatorURL.text)
    }

    func home(_ id: Int64) async throws -> Home {
        let home = try await control.withConnection("reading the registry") { try await Home.read(id, $0) }
        guard let home else {
            throw ProvisioningError(
                .database,
                "the registry has no home \(id)",
                next: "Look at the tenant with show: it may have moved in this moment."
            )
        }
        return home
    }
}

extension TenantRecord {
    /// What a runtime calls the tenant's container in a home.
    func container(_ home: Int64) -> TenantContainer { TenantContainer(tenant: name, home: home, domains: domains) }
}
