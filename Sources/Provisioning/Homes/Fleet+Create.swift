import FoundationEssentials
import Postgres
import Tenancy

extension Fleet {
    /// Makes a tenant at a level. Killed at any point, nothing was written to it: making it again, or dropping it, clears
    /// away what is there. Once it is made it stays, and a container that takes no writes yet is opened by the next
    /// attempt, and by ``up(_:width:report:)``.
    /// - Throws: ``ProvisioningError``. Nothing was made then, but with code `unknownOutcome`, or where it says that the
    ///   tenant is made.
    public func create(_ new: NewTenant, at destination: Destination) async throws -> CreatedTenant {
        guard destination.level != .schema else {
            do { return try await control.create(new) } catch let error as ProvisioningError
                where error.code == .tenantExists
            {
                guard try await withLock(on: new.name, { try await clearHalfMade(new.name) }) else { throw error }
                return try await control.create(new)
            }
        }
        if let server = try await openServer(destination.server) {
            // Nothing is written down for a server that is not there.
            try await withServer(server.operatorURL.text, "making \(new.name)") { _ = try await $0.query("select 1") }
        }
        if destination.level == .container { try await runtime().check(beside: try await containers()) }
        return try await withLock(on: new.name) {
            _ = try await clearHalfMade(new.name)
            let id = UUID()
            let home: Home
            do { home = try await claim(new, id: id, at: destination) } catch let error as ProvisioningError
                where error.code == .tenantExists
            {
                try? await openMade(new.name)
                throw error
            }
            do {
                // A container's own server serves it before it is made: what was written then could be cleared away.
                return try await make(home, new, fenced: home.level == .container) { made in
                    try await admit(new, id: id, home: home, schemaOID: made.schemaOID)
                    if home.level == .container { try await open(made, home, new) }
                    return made.tenant
                }
            } catch let error as ProvisioningError where error.code == .unknownOutcome {
                throw Self.perhapsMade(new.name, home, after: error)
            } catch {
                // Whatever is left of it, the next attempt clears away.
                try? await clearAway(home, of: new, id: id)
                throw error
            }
        }
    }

    /// Makes many tenants, a few at a time. One's failure does not stop the others.
    public func create(
        _ tenants: [NewTenant],
        at destination: Destination,
        width: Int = 2,
        report: (NewTenant, Result<CreatedTenant, any Error>) throws -> Void
    ) async throws {
        try await Provisioner.create(tenants, width: width, make: { try await create($0, at: destination) }, report)
    }

    /// Takes the name, before anything is made that no transaction holds together.
    private func claim(_ new: NewTenant, id: UUID, at destination: Destination) async throws -> Home {
        do {
            return try await control.client.withTransaction { connection in
                _ = try await connection.run([
                    """
                    insert into polls_control.tenant (id, name, schema_name, level, state, settings)
                    values (\(id), \(new.name.rawValue), \(new.name.rawValue), \(destination.level.rawValue), 'creating',
                        \(new.settings)::jsonb)
                    """,
                    """
                    insert into polls_control.tenant_domain (host, tenant_id)
                    select host, \(id) from unnest(\(new.domains.map(\.host))) as host
                    """,
                ])
                return try await claimHome(destination, for: new.name, id: id, connection)
            }
        } catch let error as PostgresError {
            throw try Provisioner.explainCreate(error, new)
        }
    }

    /// Only its last step has this outcome.
    private static func perhapsMade(
        _ name: TenantName,
        _ home: Home,
        after loss: ProvisioningError
    ) -> ProvisioningError {
        let opening = home.level == .container ? "run up \(name), and " : ""
        return ProvisioningError(
            .unknownOutcome,
            "the connection was lost at the end of making \(name), and PostgreSQL did not say whether it was made",
            next: "When PostgreSQL answers again, look with show. If it is active, it is whole, but its first token "
                + "was lost: \(opening)make another with token. If it is creating, make it again.",
            cause: loss.cause
        )
    }

    /// Lets a tenant be written to, that is made by now.
    private func open(_ made: MadeHome, _ home: Home, _ new: NewTenant) async throws {
        let provisioner = made.provisioner
        let (schema, grantee) = (try Identifier(new.name.rawValue), try provisioner.grantee(role: home.role))
        do {
            try await provisioner.openWrites(of: new.name, schema: schema, grantee: grantee)
        } catch let error as ProvisioningError {
            throw ProvisioningError(
                error.code == .unknownOutcome ? .connectionLost : error.code,
                "\(new.name) is made, and takes no writes yet: \(error.message)",
                next: "Run up \(new.name), and make a token with token: its first was lost.",
                cause: error.cause
            )
        }
    }

    /// Opens a container whose maker was killed when all but that was done. Only for the holder of the tenant's lock.
    private func openMade(_ name: TenantName) async throws {
        let tenant = try await control.record(name)
        guard tenant.level == .container, tenant.state == .active, !tenant.isMoving else { return }
        try await withHome(of: tenant) { try await $0.provisioner.openIfClosed(name) }
    }

    /// From here on the tenant is there, and is served.
    private func admit(_ new: NewTenant, id: UUID, home: Home, schemaOID: UInt32) async throws {
        if home.level == .container {
            let container = TenantContainer(tenant: new.name, home: home.id, domains: new.domains.map(\.host))
            let runtime = try runtime()
            try await beginRoute(to: container)
            // Side by side: nobody has been told of its host yet.
            async let started: Void = runtime.startApp(container)
            try await renewRoutes()
            try await started
        }
        try await control.change(new.name, "making") { connection in
            let answers = try await connection.run([
                """
                update polls_control.tenant set state = 'active', home_id = \(home.id), schema_oid = \(schemaOID),
                    role_name = \(home.role), schema_version = \(control.product.version)
                where id = \(id) and state = 'creating'
                """,
                """
                update polls_control.home set state = 'live', schema_oid = \(schemaOID)
                where id = \(home.id) and drop_after is null
                """,
            ])
            guard answers.allSatisfy({ $0.affected == 1 }) else { throw Self.clearedAway(new.name) }
        }
    }

    /// The tenant's lock goes with its connection, and its holder may go on without it.
    static func clearedAway(_ name: TenantName) -> ProvisioningError {
        ProvisioningError(
            .wrongState,
            "another hand has cleared away what was made of \(name), as if its maker had been killed",
            next: "Look at it with show, and make it again if it is not there."
        )
    }

    /// Removes what a killed attempt to make a tenant has left. Only for the holder of the tenant's lock.
    /// - Parameter id: only this attempt's; `nil`: anybody's.
    /// - Returns: whether there was something.
    func clearHalfMade(_ name: TenantName, id: UUID? = nil) async throws -> Bool {
        do {
            let tenant = try await control.record(name)
            guard tenant.state == .creating, id == nil || id == tenant.id, try await endMaking(of: tenant) else {
                return false
            }
            try await remove(tenant)
            return true
        } catch let error as ProvisioningError where error.code == .noSuchTenant { return false }
    }

    /// From here on, whoever still makes it cannot end that: a home that is to be dropped is nobody's to live in.
    /// - Returns: whether it is still being made.
    private func endMaking(of tenant: TenantRecord) async throws -> Bool {
        try await control.change(tenant.name, "clearing away what is left of") { connection in
            try await connection.run([
                "select from polls_control.tenant where id = \(tenant.id) for update",
                """
                update polls_control.home set drop_after = '-infinity'
                from polls_control.tenant
                where tenant.id = tenant_id and tenant_id = \(tenant.id) and tenant.state = 'creating'
                """,
                "select from polls_control.tenant where id = \(tenant.id) and state = 'creating'",
            ])[2].isEmpty == false
        }
    }

    /// Removes what this attempt has made, also where another hand was there before it, and found less.
    private func clearAway(_ home: Home, of new: NewTenant, id: UUID) async throws {
        guard try await !clearHalfMade(new.name, id: id) else { return }
        let isGone = try await control.withConnection("looking for \(new.name)") { connection in
            try await connection.query("select from polls_control.tenant where id = \(id)").isEmpty
        }
        guard isGone else { return }
        try await destroy(home, of: TenantContainer(tenant: new.name, home: home.id, domains: new.domains.map(\.host)))
    }
}
