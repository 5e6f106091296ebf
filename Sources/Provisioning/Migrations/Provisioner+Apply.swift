import FoundationEssentials
import Postgres
import Tenancy

/// A migration that was run, and how long it took.
struct AppliedMigration {
    let migration: Migration
    let duration: Duration

    var microseconds: Int64 { duration.microseconds }
}

extension Provisioner {
    /// Runs migrations in the open transaction, whose search path is the tenant's schema.
    /// - Throws: ``ProvisioningError`` with code `migrationFailed`; ``PostgresError`` for a lost connection or a lock
    ///   that was not to be had.
    func apply(
        _ migrations: ArraySlice<Migration>,
        to owner: String,
        changed: String,
        _ connection: PostgresConnection
    ) async throws -> [AppliedMigration] {
        var applied: [AppliedMigration] = []
        for migration in migrations {
            let start = ContinuousClock.now
            do {
                try await connection.execute(script: "\(unsafeRaw: migration.script)")
            } catch let error as PostgresError where error.code == .server && !error.isLoss && !error.isTransient {
                throw ProvisioningError(
                    .migrationFailed,
                    "\(migration.file) failed in \(owner): \(error.words). \(changed)",
                    next: "Mend what PostgreSQL names, and run it again.",
                    cause: error
                )
            }
            applied.append(AppliedMigration(migration: migration, duration: .now - start))
        }
        return applied
    }

    /// The statement that writes migrations into a tenant's ledger.
    static func record(_ applied: [AppliedMigration], of id: UUID) -> SQL {
        """
        insert into polls_control.tenant_migration (tenant_id, version, checksum, duration_us)
        select \(id), * from unnest(\(applied.map(\.migration.version)), \(applied.map(\.migration.checksum)),
            \(applied.map(\.microseconds)))
        """
    }
}
