import Postgres
import Tenancy

extension Fleet {
    /// Looks whether a tenant can be moved, and how. Changes nothing.
    /// - Throws: ``ProvisioningError``, with what stands in the way and the remedy.
    public func planMove(_ name: TenantName, to destination: Destination) async throws -> MovePlan {
        let tenant = try await control.record(name)
        try await check(tenant, to: destination)
        return try await withHome(of: tenant) { home in
            let site = try await site(of: tenant, in: home)
            return try await home.provisioner.withConnection("looking at \(name)") { connection in
                let (shapes, isCircular) = try await TableShape.read(schemaOID: site.schemaOID, connection)
                let server = try await SourceServer.read(connection)
                let odd = try await SourceServer.unmovable(schemaOID: site.schemaOID, connection)
                guard odd.isEmpty else {
                    throw Self.cannot(
                        name,
                        "its schema has \(odd.joined(separator: ", ")): only plain tables can be moved",
                        "Drop them, and make them again after the move."
                    )
                }
                let isBare = try await mayPassOverTriggers(destination)
                if !isBare, let table = shapes.first(where: \.hasTriggers) {
                    throw Self.cannot(
                        name,
                        "its table \(table.name) has triggers, which would fire again at the new place",
                        "Use a superuser as the operator there."
                    )
                }
                if !isBare, isCircular {
                    throw Self.cannot(
                        name,
                        "its tables' foreign keys go round in a circle",
                        "Use a superuser as the operator there."
                    )
                }
                let reason =
                    server.obstacle ?? shapes.first { $0.key.isEmpty }.map { "\($0.name) has no primary key" }
                    ?? shapes.first { !$0.isLogged }.map { "\($0.name) is unlogged" }
                return MovePlan(
                    tenant: tenant,
                    from: tenant.place,
                    to: destination,
                    tables: try await sizes(site, connection),
                    method: reason == nil && !shapes.isEmpty ? .replicate : .copy,
                    reason: reason
                )
            }
        }
    }

    private func check(_ tenant: TenantRecord, to destination: Destination) async throws {
        let name = tenant.name
        guard !tenant.isMoving else {
            // Whoever moves it at this moment is not to be disturbed.
            try await withLock(on: name) {}
            throw ProvisioningError.moveUnderWay(of: name)
        }
        guard tenant.state == .active || tenant.state == .suspended else {
            throw ProvisioningError(
                .wrongState,
                "the tenant \(name) is \(tenant.state.rawValue)",
                next: "A tenant has to be active or suspended to be moved: look at it with show."
            )
        }
        guard tenant.place != destination else {
            throw Self.cannot(name, "it is at the level \(destination) already", "Give another level or server.")
        }
        guard tenant.schemaVersion == control.product.version else {
            throw Self.cannot(
                name,
                "it is at version \(tenant.schemaVersion), and a new home is made at \(control.product.version)",
                "Run migrate \(name) first."
            )
        }
        _ = try await openServer(destination.server)
        if tenant.level == .container, destination.level != .container { try await runtime().checkShared() }
        switch destination.level {
        case .container: try await runtime().check(beside: try await containers())
        case .schema, .database:
            let schemaIsTaken = try await control.withConnection("looking for the name \(name)") { connection in
                try await !connection.query("select from pg_namespace where nspname = \(name.rawValue)").isEmpty
            }
            guard destination.level == .database || !schemaIsTaken else {
                throw ProvisioningError(
                    .schemaTaken,
                    "a schema \(name) is in the control database, and it is no tenant's",
                    next: "Rename it: alter schema \"\(name)\" rename to …;"
                )
            }
        }
    }

    /// Whether the operator at the new place may write rows without firing triggers and checking keys one by one.
    private func mayPassOverTriggers(_ destination: Destination) async throws -> Bool {
        guard destination.level != .container else { return true }
        let url = try await operatorString(server: destination.server).text
        return try await withServer(url, "looking at the new place") { connection in
            try await connection.query("select rolsuper from pg_roles where rolname = current_user")
                .decodeOne(Bool.self)
        }
    }

    private func sizes(_ site: MoveSite, _ connection: PostgresConnection) async throws -> [MovePlan.Table] {
        let oid = site.schemaOID
        let found = try await connection.query(
            """
            select relname::text, reltuples::int8, pg_total_relation_size(oid)
            from pg_class where relnamespace = \(oid) and relkind = 'r' order by relname
            """
        ).decode(String.self, Int64.self, Int64.self)
        var tables: [MovePlan.Table] = []
        for (name, estimate, bytes) in found {
            var rows = max(0, estimate)
            if bytes < 256 << 20 {
                rows = try await connection.query("select count(*) from \(site.schema).\(try Identifier(name))")
                    .decodeOne(Int64.self)
            }
            tables.append(MovePlan.Table(name: name, rows: rows, bytes: bytes))
        }
        return tables
    }

    /// The tenant's schema in its home.
    func site(of tenant: TenantRecord, in home: OpenHome) async throws -> MoveSite {
        try await MoveSite(home, tenant.name, schemaOID: tenant.schemaOID, role: tenant.role)
    }

    static func cannot(_ name: TenantName, _ what: String, _ remedy: String) -> ProvisioningError {
        ProvisioningError(.cannotMove, "\(name) cannot be moved: \(what)", next: remedy)
    }
}
