import Postgres

/// A table of a tenant, as copying it needs to know it.
struct TableShape: Sendable, Equatable {
    struct Column: Sendable, Equatable {
        let name: Identifier
        /// As SQL writes it, such as `character varying(256)`.
        let type: String
    }

    let name: Identifier
    /// Those that hold values: generated ones are made anew.
    let columns: [Column]
    /// Names of the primary key's columns; empty without one.
    let key: [String]
    /// Tables that its foreign keys lead to.
    let parents: [String]
    let isLogged: Bool
    /// It has triggers of people's own making.
    let hasTriggers: Bool

    /// The columns, as a list in SQL.
    var columnList: String { columns.map(\.name.quoted).joined(separator: ", ") }

    /// The tables of a schema, each after those that its foreign keys lead to.
    /// - Returns: and whether some lead to each other in a circle, when their order is of no use.
    static func read(
        schemaOID: UInt32,
        _ connection: PostgresConnection
    ) async throws -> (tables: [TableShape], isCircular: Bool) {
        let rows = try await connection.query(
            """
            select c.relname::text,
                array(select attname::text from pg_attribute
                    where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum),
                array(select format_type(atttypid, atttypmod) from pg_attribute
                    where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum),
                array(select attname::text from pg_index join pg_attribute on attrelid = c.oid and attnum = any (indkey)
                    where indrelid = c.oid and indisprimary order by attnum),
                array(select distinct p.relname::text from pg_constraint join pg_class p on p.oid = confrelid
                    where conrelid = c.oid and contype = 'f' and confrelid <> conrelid order by 1),
                relpersistence = 'p',
                exists (select from pg_trigger where tgrelid = c.oid and not tgisinternal)
            from pg_depend join pg_class c on c.oid = objid
            where refclassid = 'pg_namespace'::regclass and refobjid = \(schemaOID) and classid = 'pg_class'::regclass
                and relkind = 'r'
            order by relname
            """
        )
        let tables = try rows.map { row in
            let (name, columns, types, key, parents, isLogged, hasTriggers) = try row.decode(
                String.self,
                [String].self,
                [String].self,
                [String].self,
                [String].self,
                Bool.self,
                Bool.self
            )
            return TableShape(
                name: try Identifier(name),
                columns: try zip(columns, types).map { Column(name: try Identifier($0), type: $1) },
                key: key,
                parents: parents,
                isLogged: isLogged,
                hasTriggers: hasTriggers
            )
        }
        return ordered(tables)
    }

    /// Parents first.
    static func ordered(_ tables: [TableShape]) -> (tables: [TableShape], isCircular: Bool) {
        var ordered: [TableShape] = []
        var placed: Set<String> = []
        var left = tables
        let names = Set(tables.map(\.name.name))
        while !left.isEmpty {
            let next = left.filter { $0.parents.allSatisfy { placed.contains($0) || !names.contains($0) } }
            guard !next.isEmpty else { return (ordered + left, true) }
            ordered += next
            placed.formUnion(next.map(\.name.name))
            left.removeAll { placed.contains($0.name.name) }
        }
        return (ordered, false)
    }
}
