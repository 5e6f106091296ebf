import Postgres

/// What a schema is made of, one line a thing: two schemas with the same lines take the same rows.
struct SchemaOutline: Sendable, Equatable {
    let lines: [String]

    /// What one has and the other has not.
    func differences(from other: SchemaOutline) -> (missing: [String], added: [String]) {
        let (own, others) = (Set(lines), Set(other.lines))
        return (others.subtracting(own).sorted(), own.subtracting(others).sorted())
    }

    /// A few of the things that the other has beyond this one (`+`), and that it lacks (`-`); `nil`: they are alike.
    func difference(from other: SchemaOutline) -> String? {
        let (missing, added) = differences(from: other)
        let things = missing.map { "+ " + $0 } + added.map { "- " + $0 }
        return things.isEmpty ? nil : things.prefix(5).joined(separator: ", ")
    }

    /// It goes by what depends on the schema, for which there is an index: where schemas are thousands, catalogs are long.
    static func read(schemaOID: UInt32, _ connection: PostgresConnection) async throws -> SchemaOutline {
        let lines = try await connection.query(
            """
            with own as materialized (
                select classid, objid from pg_depend
                where refclassid = 'pg_namespace'::regclass and refobjid = \(schemaOID)
            ), relation as materialized (
                select c.oid, relname, relkind from own join pg_class c on c.oid = objid
                where classid = 'pg_class'::regclass and relkind <> 'c'
            )
            select line from (
                select case relkind when 'r' then 'table' when 'S' then 'sequence' when 'v' then 'view'
                    when 'm' then 'materialized view' when 'p' then 'partitioned table' else 'foreign table' end
                    || ' ' || relname
                from relation
                union all
                select 'index ' || c.relname
                from relation join pg_index on indrelid = relation.oid join pg_class c on c.oid = indexrelid
                union all
                select 'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
                    || case when attnotnull then ' not null' else '' end || attidentity::text || attgenerated::text
                from relation join pg_attribute on attrelid = relation.oid
                where relkind in ('r', 'p', 'v', 'm', 'f') and attnum > 0 and not attisdropped
                union all
                select 'constraint ' || relname || '.' || conname || ' ' || contype::text
                from relation join pg_constraint on conrelid = relation.oid
                union all
                select 'constraint ' || conname || ' ' || contype::text
                from own join pg_constraint on contypid = objid where classid = 'pg_type'::regclass
                union all
                select 'function ' || proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ')'
                from own join pg_proc on pg_proc.oid = objid where classid = 'pg_proc'::regclass
                union all
                select 'type ' || typname from own join pg_type on pg_type.oid = objid
                where classid = 'pg_type'::regclass and typrelid = 0 and typelem = 0
                union all
                select 'trigger ' || relname || '.' || tgname from relation join pg_trigger on tgrelid = relation.oid
                where not tgisinternal
            ) outline (line) order by line
            """
        ).decode(String.self)
        return SchemaOutline(lines: lines)
    }
}
