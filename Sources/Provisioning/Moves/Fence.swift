import Postgres

/// Keeps a tenant's schema from being written to. PostgreSQL itself refuses: whatever a server believes, no write passes.
struct Fence {
    let site: MoveSite
    /// How long writers that began before are waited for.
    var patience: Duration = .seconds(5)

    /// Takes the right to write away.
    func raise() async throws {
        try await site.client.withConnection { connection in
            let contents = try await SchemaContents.read(site.schema, connection)
            _ = try await connection.run(contents.revokeWrites(from: site.grantee))
        }
    }

    /// Waits until no writer that began before is left.
    ///
    /// It asks for no lock on the tables itself. A writer holds one table and wants the next: whoever wants them in
    /// another order, as a lock of all of them would, ends in a deadlock with it.
    /// - Throws: ``ProvisioningError`` with code `busy` when a writer goes on for too long; ``PostgresError``.
    func awaitWriters() async throws {
        try await site.client.withConnection { connection in
            let deadline = ContinuousClock.now + patience
            var writers = try await writers(connection)
            var wait = Duration.milliseconds(1)
            while !writers.isEmpty {
                guard ContinuousClock.now < deadline else {
                    throw ProvisioningError(
                        .busy,
                        "a transaction that writes to \(site.schema.name) has not ended in \(patience)",
                        next: "Find it in pg_stat_activity, end it, and run the command again."
                    )
                }
                try await Task.sleep(for: wait)
                wait = min(wait * 2, .milliseconds(20))
                // Whoever came later was refused: only the first are waited for.
                writers.formIntersection(try await self.writers(connection))
            }
        }
    }

    /// Gives the right to write back.
    static func lower(_ site: MoveSite, _ connection: PostgresConnection) async throws {
        try await Provisioner.grant(site.schema, to: site.grantee, connection)
    }

    /// Transactions that hold a lock which a writer takes on a table before its rights are looked at (PostgreSQL,
    /// "Explicit Locking").
    private func writers(_ connection: PostgresConnection) async throws -> Set<String> {
        let rows = try await connection.query(
            """
            select distinct virtualtransaction from pg_locks join pg_class on pg_class.oid = relation
            where locktype = 'relation' and relnamespace = \(site.schemaOID) and relkind = 'r' and granted
                and database = (select oid from pg_database where datname = current_database())
                and mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                and pid is distinct from pg_backend_pid()
            """
        )
        return Set(try rows.decode(String.self))
    }
}
