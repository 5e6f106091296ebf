import Logging
import Postgres

/// Makes a database's registry, or brings it up to date; doing it again changes nothing.
public struct RegistryInstaller: Sendable {
    let client: PostgresClient
    /// The registry's own migrations.
    let migrations: [Migration]
    let logger: Logger

    public init(client: PostgresClient, migrations: [Migration], logger: Logger) {
        self.client = client
        self.migrations = migrations
        self.logger = logger
    }

    /// Does all of it in one transaction: registry, the app's login, grants, and what everybody must not do.
    /// - Throws: ``ProvisioningError``; nothing was changed then.
    public func install(_ options: RegistryOptions = RegistryOptions()) async throws -> InstalledRegistry {
        do {
            return try await client.withTransaction { try await install(options, $0) }
        } catch let error as PostgresError {
            throw Self.explain(error)
        }
    }

    private func install(_ options: RegistryOptions, _ connection: PostgresConnection) async throws -> InstalledRegistry
    {
        let facts = try await Facts.read(connection)
        let applied = try await migrate(connection, isInstalled: facts.isInstalled)
        let registry = try await settle(options, connection)
        let login = AppLogin(name: registry.appLogin, database: facts.database)
        let generated = try await login.ensure(connection, password: options.appPassword, by: facts)
        let app = try Identifier(registry.appLogin)
        let safeguards = Safeguard.all(database: facts.database, app: app, operator: facts.operator)
        var warnings: [InstalledRegistry.Warning] = []
        for safeguard in safeguards {
            try await safeguard.apply(connection)
            if let warning = try await safeguard.warning(connection) { warnings.append(warning) }
        }
        logger.debug(
            "Installed the registry",
            metadata: ["applied": "\(applied.count)", "version": "\(registry.version)"]
        )
        return InstalledRegistry(
            registry: registry,
            database: facts.database.name,
            applied: applied.map(\.file),
            generatedPassword: generated,
            warnings: warnings
        )
    }

    /// Who installs, and where.
    struct Facts {
        let `operator`: Identifier
        let database: Identifier
        let isSuperuser: Bool
        let isInstalled: Bool

        /// Takes the installer's lock first: two at once would each see an empty database.
        static func read(_ connection: PostgresConnection) async throws -> Facts {
            let (name, database, isSuperuser, isInstalled) = try await connection.run([
                AdvisoryLock.install.wait,
                """
                select current_user::text, current_database()::text, rolsuper,
                    to_regclass('polls_control.control_migration') is not null
                from pg_roles where rolname = current_user
                """,
            ])[1].decodeOne(String.self, String.self, Bool.self, Bool.self)
            return Facts(
                operator: try Identifier(name),
                database: try Identifier(database),
                isSuperuser: isSuperuser,
                isInstalled: isInstalled
            )
        }
    }

    private func migrate(_ connection: PostgresConnection, isInstalled: Bool) async throws -> ArraySlice<Migration> {
        var ledger = Ledger(entries: [])
        if isInstalled {
            let rows = try await connection.query(
                "select version, checksum from polls_control.control_migration order by version"
            )
            ledger = Ledger(
                entries: try rows.decode(Int32.self, String.self).map { .init(version: $0.0, checksum: $0.1) }
            )
        }
        let pending = try ledger.pending(of: migrations, owner: "the registry")
        for migration in pending {
            do {
                try await connection.execute(script: "\(unsafeRaw: migration.script)")
            } catch let error as PostgresError where error.sqlState == .duplicateSchema {
                throw ProvisioningError(
                    .schemaTaken,
                    "a schema polls_control is there, and it is no registry",
                    next: "Rename or drop that schema, or use another database.",
                    cause: error
                )
            } catch let error as PostgresError where error.code == .server && !error.isLoss {
                throw ProvisioningError(
                    .migrationFailed,
                    "the registry's \(migration.file) failed: \(error.words). Nothing was changed",
                    next: "Mend what PostgreSQL names, and run init again.",
                    cause: error
                )
            }
            _ = try await connection.query(
                """
                insert into polls_control.control_migration (version, name, checksum)
                values (\(migration.version), \(migration.file), \(migration.checksum))
                """
            )
        }
        return pending
    }

    /// Writes the registry's own row, or holds the options against it.
    private func settle(_ options: RegistryOptions, _ connection: PostgresConnection) async throws -> Registry {
        _ = try await connection.query(
            """
            insert into polls_control.setting (tenant_roles, app_login)
            values (\(options.tenantRoles ?? true), \(options.appLogin ?? RegistryOptions.defaultAppLogin))
            on conflict do nothing
            """
        )
        let registry = try await Registry.read(connection, expecting: Int32(migrations.count))
        if let wanted = options.tenantRoles, wanted != registry.tenantRoles {
            throw ProvisioningError(
                .registryFixed,
                "this registry was made \(registry.tenantRoles ? "with" : "without") tenant roles",
                next: "That cannot be changed later: leave the option out, or use another database."
            )
        }
        if let wanted = options.appLogin, wanted != registry.appLogin {
            throw ProvisioningError(
                .registryFixed,
                "this registry's app login is \(registry.appLogin)",
                next: "That cannot be changed later: leave the option out, or use another database."
            )
        }
        return registry
    }

    private static func explain(_ error: PostgresError) -> ProvisioningError {
        switch error.sqlState {
        case .insufficientPrivilege?:
            return ProvisioningError(
                .notPermitted,
                "the operator's login may not do this: \(error.words). Nothing was changed",
                next: "Use a login that owns the database and has CREATEROLE, or a superuser.",
                cause: error
            )
        case _ where error.isLoss:
            return ProvisioningError(
                .unknownOutcome,
                "the connection was lost while the registry was made: \(error.words)",
                next: "Run init again; it takes up whatever is there.",
                cause: error
            )
        default: return ProvisioningError.explain(error, doing: "making the registry", changed: "Nothing was changed")
        }
    }
}
