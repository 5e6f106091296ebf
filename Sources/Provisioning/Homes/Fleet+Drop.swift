import Postgres
import Tenancy

extension Fleet {
    /// Drops a tenant for ever, wherever it lives, with every old copy. It is marked first, and never served again;
    /// after a failure or a kill, running it again finishes the job.
    /// - Returns: whether there was anything of it to drop but the registry's row.
    @discardableResult
    public func drop(_ name: TenantName) async throws -> Bool {
        try await withLock(on: name) {
            let tenant = try await control.mark(name)
            return try await remove(tenant)
        }
    }

    /// Removes every home of a tenant, its schema in the control database, and its row.
    @discardableResult
    func remove(_ tenant: TenantRecord) async throws -> Bool {
        let homes = try await control.withConnection("reading the homes of \(tenant.name)") { connection in
            try await Home.all(of: tenant.id, connection)
        }
        if homes.contains(where: { $0.level == .container }) {
            do { try await endRoutes(to: tenant) } catch  where tenant.state == .creating {
                // It was never served. The front door may be what it could not be made for.
            }
        }
        for home in homes { try await destroy(home, of: tenant.container(home.id)) }
        try await dropPublications(of: tenant)
        // Without a home, its schema is one of the control database.
        let hadSchema = try await control.erase(tenant, withSchema: tenant.homeID == nil)
        return hadSchema || !homes.isEmpty
    }

    /// What a killed move may have left in the control database.
    private func dropPublications(of tenant: TenantRecord) async throws {
        try await control.change(tenant.name, "dropping") { connection in
            let moves = try await connection.query("select id from polls_control.move where tenant_id = \(tenant.id)")
                .decode(Int64.self)
            _ = try await connection.run(
                try moves.map { "drop publication if exists \(try ChangeStream.publication(of: $0))" }
            )
        }
    }
}
