import FoundationEssentials
import Postgres
import Tenancy

extension Provisioner {
    /// Makes a tenant: registry row, role, schema, every migration, grants and first credentials, in one transaction.
    /// - Throws: ``ProvisioningError``. Nothing was made then, but with code `unknownOutcome`.
    public func create(_ new: NewTenant) async throws -> CreatedTenant {
        let id = UUID()
        return try await create(new, id: id, role: newRole(of: new.name, id: id))
    }

    /// - Parameters:
    ///   - role: `nil` in a registry without tenant roles.
    ///   - fenced: it takes no writes yet: another home of the tenant does.
    func create(_ new: NewTenant, id: UUID, role: String?, fenced: Bool = false) async throws -> CreatedTenant {
        try await make(new, id: id) { token, connection in
            try await register(new, id: id, role: role, connection)
            let applied = try await buildSchema(
                new.name,
                role: role,
                fenced: fenced,
                changed: Self.nothingMade,
                connection
            )
            try await admit(new.name, id: id, applied, token: token, fenced: fenced, connection)
        }
    }

    /// Makes a tenant by the body, in one transaction, and finds out what became of it when its end was not heard of.
    func make(
        _ new: NewTenant,
        id: UUID,
        _ body: (APIToken?, PostgresConnection) async throws -> Void
    ) async throws -> CreatedTenant {
        let token = new.withToken ? APIToken(prefix: product.tokenPrefix) : nil
        let created = CreatedTenant(
            name: new.name,
            domains: new.domains,
            schemaVersion: product.version,
            token: token
        )
        do {
            try await client.withTransaction { try await body(token, $0) }
            return created
        } catch let error as PostgresError where error.isLoss {
            if try await isMade(new.name, id: id, after: error) { return created }
            throw ProvisioningError(
                .connectionLost,
                "the connection was lost while \(new.name) was made. \(Self.nothingMade)",
                next: "Run it again.",
                cause: error
            )
        } catch let error as PostgresError {
            throw try Self.explainCreate(error, new)
        }
    }

    static let nothingMade = "Nothing was created"

    /// Writes a tenant into the registry, in the open transaction.
    func register(_ new: NewTenant, id: UUID, role: String?, _ connection: PostgresConnection) async throws {
        let name = new.name.rawValue
        var statements: [SQL] = [
            AdvisoryLock.create(new.name).wait,
            """
            insert into polls_control.tenant (id, name, schema_name, role_name, state, settings)
            values (\(id), \(name), \(name), \(role), 'creating', \(new.settings)::jsonb)
            """,
        ]
        if !new.domains.isEmpty {
            statements.append(
                """
                insert into polls_control.tenant_domain (host, tenant_id)
                select host, \(id) from unnest(\(new.domains.map(\.host))) as host
                """
            )
        }
        _ = try await connection.run(statements)
    }

    /// Ends the making of a tenant, in the open transaction, whose search path is its schema.
    func admit(
        _ name: TenantName,
        id: UUID,
        _ applied: [AppliedMigration],
        token: APIToken?,
        fenced: Bool,
        _ connection: PostgresConnection
    ) async throws {
        var closing = [Self.record(applied, of: id)]
        if let token { closing.append(product.insertToken(token.hash, "first")) }
        closing.append(
            """
            update polls_control.tenant
            set state = \(fenced ? "moving" : "active"), writes_paused = \(fenced), schema_version = \(product.version),
                schema_oid = (select oid from pg_catalog.pg_namespace where nspname = \(name.rawValue))
            where id = \(id)
            """
        )
        _ = try await connection.run(closing)
    }

    /// Makes a tenant's role and schema in the open transaction, which stays in that schema, with its migrations.
    /// - Parameter migrations: the first ones; `nil`: all.
    func buildSchema(
        _ name: TenantName,
        role: String?,
        _ migrations: ArraySlice<Migration>? = nil,
        fenced: Bool,
        changed: String,
        _ connection: PostgresConnection
    ) async throws -> [AppliedMigration] {
        let schema = try Identifier(name.rawValue)
        let grantee = try grantee(role: role)
        var statements: [SQL] = []
        if role != nil {
            statements.append("create role \(grantee) nologin noinherit")
            statements.append("grant \(grantee) to \(try Identifier(registry.appLogin))")
        }
        statements.append("create schema \(schema)")
        statements.append("select set_config('search_path', \(schema.quoted + ", pg_temp"), true)")
        _ = try await connection.run(statements)
        let applied = try await apply(
            migrations ?? product.migrations[...],
            to: name.rawValue,
            changed: changed,
            connection
        )
        try await Self.grant(schema, to: grantee, fenced: fenced, connection)
        return applied
    }

    /// Whether a transaction whose end was not heard of has committed. Its lock tells when it has ended.
    private func isMade(_ name: TenantName, id: UUID, after loss: PostgresError) async throws -> Bool {
        for delay in [10, 100, 300, 1000, 2000, 4000] {
            do {
                try await Task.sleep(for: .milliseconds(delay))
                return try await client.withConnection { connection in
                    try await connection.run([
                        "set local lock_timeout = '5s'", AdvisoryLock.create(name).wait,
                        "select exists (select from polls_control.tenant where id = \(id))",
                    ])[2].decodeOne(Bool.self)
                }
            } catch is PostgresError { continue }
        }
        throw ProvisioningError(
            .unknownOutcome,
            "the connection was lost while \(name) was made, and PostgreSQL cannot be asked whether it was",
            next: "When PostgreSQL answers again, look with show. If it is there, it is whole, but its first token was "
                + "lost: make another with token.",
            cause: loss
        )
    }

    static func explainCreate(_ error: PostgresError, _ new: NewTenant) throws -> ProvisioningError {
        let name = new.name
        switch (error.sqlState, error.constraint) {
        case (.uniqueViolation?, "tenant_name_key"?):
            return tenantExists(name, error)
        case (.uniqueViolation?, "tenant_domain_pkey"?):
            let taken = new.domains.map(\.host).first { error.detail?.contains("(\($0))") ?? false }
            return domainTaken(taken ?? "a domain of \(name)", error)
        case (.duplicateSchema?, _), (.uniqueViolation?, "pg_namespace_nspname_index"?):
            return try schemaTaken(name, error)
        default:
            return ProvisioningError.explain(error, doing: "making \(name)", changed: nothingMade)
        }
    }

    static func tenantExists(_ name: TenantName, _ cause: PostgresError? = nil) -> ProvisioningError {
        ProvisioningError(
            .tenantExists,
            "the tenant \(name) exists",
            next: "Choose another name, or look at it with show.",
            cause: cause
        )
    }

    static func domainTaken(_ host: String, _ cause: PostgresError? = nil) -> ProvisioningError {
        ProvisioningError(
            .domainTaken,
            "\(host) leads to another tenant already. \(nothingMade)",
            next: "Find the tenant with list, or leave the domain out.",
            cause: cause
        )
    }

    static func schemaTaken(_ name: TenantName, _ cause: PostgresError? = nil) throws -> ProvisioningError {
        ProvisioningError(
            .schemaTaken,
            "a schema \(name) is there, and it is no tenant's. \(nothingMade)",
            next: "Choose another name, or rename the schema: alter schema \(try Identifier(name.rawValue).quoted) "
                + "rename to …;",
            cause: cause
        )
    }
}
