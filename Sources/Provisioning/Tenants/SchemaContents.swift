import Postgres

/// The tables and sequences of one schema, to give and take rights on each by its name. `ON ALL TABLES IN SCHEMA` reads the
/// whole of `pg_class`: with ten thousand tenants that takes 60 ms, a hundred times what the rights themselves do.
struct SchemaContents {
    private let schema: Identifier
    /// Qualified and quoted, with commas between; empty: none.
    private let tables: String
    private let sequences: String

    static func read(_ schema: Identifier, _ connection: PostgresConnection) async throws -> SchemaContents {
        // What depends on a schema is found by an index; what is in it is not.
        let (tables, sequences) = try await connection.query(
            """
            select array_remove(array_agg(case when relkind <> 'S' then relname::text end order by relname), null),
                array_remove(array_agg(case when relkind = 'S' then relname::text end order by relname), null)
            from pg_catalog.pg_depend join pg_catalog.pg_class on pg_class.oid = objid
            where classid = 'pg_catalog.pg_class'::regclass and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
                and refclassid = 'pg_catalog.pg_namespace'::regclass
                and refobjid = (select oid from pg_catalog.pg_namespace where nspname = \(schema.name))
            """
        ).decodeOne([String]?.self, [String]?.self)
        func list(_ names: [String]?) throws -> String {
            try (names ?? []).map { schema.quoted + "." + (try Identifier($0).quoted) }.joined(separator: ", ")
        }
        return SchemaContents(schema: schema, tables: try list(tables), sequences: try list(sequences))
    }

    /// - Parameter fenced: reading only: the tenant's writes are taken elsewhere.
    func grant(to grantee: Identifier, fenced: Bool) -> [SQL] {
        var statements: [SQL] = ["grant usage on schema \(schema) to \(grantee)"]
        if !tables.isEmpty {
            statements.append(
                fenced
                    ? "grant select on \(unsafeRaw: tables) to \(grantee)"
                    : "grant select, insert, update, delete on \(unsafeRaw: tables) to \(grantee)"
            )
        }
        if !sequences.isEmpty {
            statements.append("grant usage on sequence \(unsafeRaw: sequences) to \(grantee)")
        }
        return statements
    }

    func revokeWrites(from grantee: Identifier) -> [SQL] {
        tables.isEmpty
            ? [] : ["revoke insert, update, delete, truncate on \(unsafeRaw: tables) from \(grantee)"]
    }
}
