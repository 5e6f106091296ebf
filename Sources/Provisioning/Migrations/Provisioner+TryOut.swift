import FoundationEssentials
import Postgres

extension Provisioner {
    /// Applies migrations to a new schema, as to a tenant's, and lets it be looked at after each; then all of it is undone.
    /// - Parameters:
    ///   - connection: in no transaction.
    ///   - look: is given the schema's oid; the search path leads to it.
    /// - Returns: what was seen, by version.
    /// - Throws: ``ProvisioningError`` when a migration fails without a tenant; ``PostgresError`` when the login may not
    ///   make schemas.
    func tryOut<Seen>(
        _ migrations: some Sequence<Migration>,
        _ connection: PostgresConnection,
        _ look: (Migration, UInt32) async throws -> Seen?
    ) async throws -> [Int32: Seen] {
        var seen: [Int32: Seen] = [:]
        do {
            try await connection.withTransaction {
                let name = "polls_trial_" + UUID().uuidString.lowercased()
                let schema = try Identifier(name)
                let oid = try await connection.run([
                    "set local lock_timeout = '5s'", "create schema \(schema)",
                    "select oid from pg_catalog.pg_namespace where nspname = \(name)",
                ])[2].decodeOne(UInt32.self)
                for migration in migrations {
                    _ = try await connection.query(
                        "select set_config('search_path', \(schema.quoted + ", pg_temp"), true)"
                    )
                    let one = [migration][...]
                    _ = try await apply(one, to: "a schema to compare with", changed: "Nothing was changed", connection)
                    seen[migration.version] = try await look(migration, oid)
                }
                throw Undone()
            }
        } catch is Undone {}
        return seen
    }
}

/// Ends a transaction without a commit.
private struct Undone: Error {}
