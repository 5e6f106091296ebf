import Postgres

extension Provisioner {
    /// What a schema is made of to which these migrations were applied.
    func outline(of migrations: ArraySlice<Migration>) async throws -> SchemaOutline {
        try await outlines.value(of: migrations.count) {
            let seen: [Int32: SchemaOutline] = try await withConnection("making a schema to compare with") {
                connection in
                try await tryOut(migrations, connection) { migration, oid in
                    guard migration.version == migrations.last?.version else { return nil }
                    return try await SchemaOutline.read(schemaOID: oid, connection)
                }
            }
            return seen.values.first ?? SchemaOutline(lines: [])
        }
    }
}
