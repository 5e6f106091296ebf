import Postgres

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
        let migrations = provisioner.product.migrations.filter { $0.version <= versions.max() ?? 0 }
        return try await provisioner.tryOut(migrations, connection) { migration, oid in
            guard versions.contains(migration.version) else { return nil }
            _ = try await connection.query("select set_config('search_path', '', true)")
            let digest = try await SchemaDigest.read([oid], unlike: nil, connection).first?.digest
            let definition = try await SchemaDefinition.read([oid], unlike: nil, connection).first
            guard let digest, let definition else { return nil }
            return SchemaReference(digest: digest, definition: definition)
        }
    }
}
