import FoundationEssentials
import Postgres

extension Provisioner {
    /// What a schema is made of to which these migrations were applied: such a one is made, looked at, and undone.
    func outline(of migrations: ArraySlice<Migration>) async throws -> SchemaOutline {
        try await outlines.value(of: migrations.count) {
            let schema = try Identifier("outline_" + UUID().uuidString.lowercased())
            do {
                return try await withConnection("making a schema to compare with") { connection in
                    try await connection.withTransaction {
                        _ = try await connection.run([
                            "create schema \(schema)",
                            "select set_config('search_path', \(schema.quoted + ", pg_temp"), true)",
                        ])
                        _ = try await apply(
                            migrations,
                            to: "a schema to compare with",
                            changed: "Nothing was changed",
                            connection
                        )
                        let oid = try await connection.query(
                            "select oid from pg_namespace where nspname = \(schema.name)"
                        )
                        .decodeOne(UInt32.self)
                        throw Seen(outline: try await SchemaOutline.read(schemaOID: oid, connection))
                    }
                }
            } catch let seen as Seen { return seen.outline }
        }
    }

    /// Ends the transaction without a commit.
    private struct Seen: Error {
        let outline: SchemaOutline
    }
}
