import Postgres

/// Keeps a tenant's schema from being written to. PostgreSQL itself refuses: whatever a server believes, no write passes.
struct Fence {
    let site: MoveSite
    let tables: [TableShape]

    /// Takes the right to write away, and waits until no writer that began before is left.
    /// - Throws: ``PostgresError`` with `lockNotAvailable` when one goes on for too long.
    func raise() async throws {
        try await site.client.withConnection { connection in
            _ = try await connection.query(
                "revoke insert, update, delete, truncate on all tables in schema \(site.schema) from \(site.grantee)"
            )
            guard !tables.isEmpty else { return }
            let names = tables.map { site.qualified($0) }.joined(separator: ", ")
            // The lock conflicts with every writer's; once it is had, it can go.
            try await connection.withTransaction {
                _ = try await connection.run([
                    "set local lock_timeout = '2s'", "lock table \(unsafeRaw: names) in share mode",
                ])
            }
        }
    }

    /// Gives the right to write back.
    static func lower(_ site: MoveSite) -> [SQL] {
        site.provisioner.grants(schema: site.schema, to: site.grantee)
    }
}
