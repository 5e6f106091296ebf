import FoundationEssentials
import Postgres
import Tenancy

extension Fleet {
    /// Writes a home down that is to be made, in the open transaction of the control registry: what comes of it can be
    /// found and cleared away, whatever happens.
    func claimHome(
        _ destination: Destination,
        for name: TenantName,
        id tenant: UUID,
        _ connection: PostgresConnection
    ) async throws -> Home {
        let unique = UUID()
        let role = control.newRole(of: name, id: unique)
        // Databases are a whole server's: the name is no other fleet's either.
        let database: String? =
            switch destination.level {
            case .schema: nil
            case .database: "tenant_\(name)_\(unique.uuidString.lowercased().prefix(8))"
            case .container: name.rawValue
            }
        let id = try await connection.query(
            """
            insert into polls_control.home (tenant_id, level, server_name, database_name, schema_name, role_name)
            values (\(tenant), \(destination.level.rawValue), \(destination.server), \(database), \(name.rawValue), \(role))
            returning id
            """
        ).decodeOne(Int64.self)
        guard let home = try await Home.read(id, connection) else {
            throw PostgresError(.decoding, "the home that was written cannot be read")
        }
        return home
    }

    /// Makes a database or container, a registry in it, and the tenant in that.
    /// - Parameters:
    ///   - fenced: it takes no writes yet.
    ///   - body: is given it, while it is still connected to.
    func make<R: Sendable>(
        _ home: Home,
        _ new: NewTenant,
        fenced: Bool,
        _ body: (MadeHome) async throws -> R
    ) async throws -> R {
        let container = TenantContainer(tenant: new.name, home: home.id, domains: new.domains.map(\.host))
        if home.level == .container { try await runtime().startDatabase(container) }
        try await explainingLoss(of: new.name) { try await makeDatabase(home, container) }
        let server = try await openServer(home.server)
        // A container's PostgreSQL has a login of its own making.
        let login = home.level == .container ? nil : server?.appLogin ?? control.registry.appLogin
        return try await withConfiguration(of: home, container: container) { configuration in
            try await PostgresClient.withClient(configuration, logger: logger) { client in
                let made = try await explainingLoss(of: new.name) {
                    try await fill(home, new, fenced: fenced, login: login, client)
                }
                return try await body(made)
            }
        }
    }

    /// A tenant in a home of its own, and what its registry is worked with.
    struct MadeHome {
        let tenant: CreatedTenant
        let provisioner: Provisioner
        let schemaOID: UInt32
    }

    /// What was done last matters to nobody: a home that is being made leads nobody, and is cleared away.
    private func explainingLoss<R>(of name: TenantName, _ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as ProvisioningError where error.code == .unknownOutcome {
            throw ProvisioningError(
                .connectionLost,
                "the connection was lost while a home for \(name) was made",
                next: "Run it again.",
                cause: error.cause
            )
        }
    }

    private func fill(
        _ home: Home,
        _ new: NewTenant,
        fenced: Bool,
        login: String?,
        _ client: PostgresClient
    ) async throws -> MadeHome {
        let options = RegistryOptions(tenantRoles: control.registry.tenantRoles, appLogin: login)
        _ = try await RegistryInstaller(client: client, migrations: migrations, logger: logger).install(options)
        let provisioner = try await Provisioner.open(
            client,
            product: control.product,
            registryVersion: migrations.count,
            logger: logger
        )
        let created = try await provisioner.create(new, id: UUID(), role: home.role, fenced: fenced)
        let oid = try await provisioner.withConnection("reading \(new.name)") { connection in
            try await connection.query(
                "select schema_oid from polls_control.tenant where name = \(new.name.rawValue)"
            ).decodeOne(UInt32.self)
        }
        return MadeHome(tenant: created, provisioner: provisioner, schemaOID: oid)
    }

    /// Makes an empty database that nobody but its owner may connect to.
    private func makeDatabase(_ home: Home, _ container: TenantContainer) async throws {
        guard let name = home.database else { return }
        let database = try Identifier(name)
        let doing = "making the database \(name)"
        func make(_ connection: PostgresConnection) async throws {
            if try await connection.query("select from pg_database where datname = \(name)").isEmpty {
                // Not from template1, which may hold anything.
                _ = try await connection.execute(
                    script: "create database \(database) template template0 encoding 'UTF8'"
                )
            }
            _ = try await connection.query("revoke all on database \(database) from public")
        }
        if home.level == .container {
            try await runtime().withOperatorURL(container) { try await withServer($0, doing, make) }
        } else {
            try await withServer(try await operatorString(server: home.server).text, doing, make)
        }
    }
}
