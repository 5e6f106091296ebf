import FoundationEssentials
import Postgres
import Tenancy

/// What the migrations make, at one version: what every tenant's schema of that version is held against.
struct SchemaReference {
    let digest: String
    let definition: SchemaDefinition

    /// Makes a schema as for a tenant, reads it at each version asked for, and takes everything back.
    /// - Throws: ``ProvisioningError`` when a migration fails without a tenant; ``PostgresError`` when the login may not
    ///   make schemas.
    static func make(
        _ versions: Set<Int32>,
        by provisioner: Provisioner,
        _ connection: PostgresConnection
    ) async throws -> [Int32: SchemaReference] {
        do {
            try await connection.withTransaction {
                throw Made(references: try await build(versions, by: provisioner, connection))
            }
        } catch let made as Made { return made.references }
        return [:]
    }

    /// Carries what was read out of the transaction, which ends with a rollback.
    private struct Made: Error {
        let references: [Int32: SchemaReference]
    }

    private static func build(
        _ versions: Set<Int32>,
        by provisioner: Provisioner,
        _ connection: PostgresConnection
    ) async throws -> [Int32: SchemaReference] {
        let name = "polls_audit_" + UUID().uuidString.lowercased().prefix(8)
        let schema = try Identifier(name)
        let oid = try await connection.run([
            "set local lock_timeout = '5s'", "create schema \(schema)",
            "select oid from pg_catalog.pg_namespace where nspname = \(name)",
        ])[2].decodeOne(UInt32.self)
        var references: [Int32: SchemaReference] = [:]
        for migration in provisioner.product.migrations where migration.version <= versions.max() ?? 0 {
            _ = try await connection.query("select set_config('search_path', \(schema.quoted + ", pg_temp"), true)")
            _ = try await provisioner.apply(
                [migration][...],
                to: try TenantName("reference"),
                changed: "Nothing was changed",
                connection
            )
            guard versions.contains(migration.version) else { continue }
            _ = try await connection.query("select set_config('search_path', '', true)")
            let digest = try await SchemaDigest.read([oid], unlike: nil, connection).first?.digest
            let definition = try await SchemaDefinition.read([oid], unlike: nil, connection).first
            guard let digest, let definition else { continue }
            references[migration.version] = SchemaReference(digest: digest, definition: definition)
        }
        return references
    }
}
