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

    static func read(schemaOID: UInt32, _ connection: PostgresConnection) async throws -> SchemaOutline {
        let lines = try await connection.query(
            """
            select * from (
                select case relkind when 'r' then 'table' when 'S' then 'sequence' when 'v' then 'view'
                    when 'm' then 'materialized view' when 'p' then 'partitioned table' when 'f' then 'foreign table'
                    else 'index' end || ' ' || relname
                from pg_class where relnamespace = \(schemaOID) and relkind <> 'c'
                union all
                select 'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
                    || case when attnotnull then ' not null' else '' end || attidentity::text || attgenerated::text
                from pg_attribute join pg_class on pg_class.oid = attrelid
                where relnamespace = \(schemaOID) and relkind in ('r', 'p', 'v', 'm', 'f') and attnum > 0
                    and not attisdropped
                union all
                select 'constraint ' || coalesce((select relname || '.' from pg_class where oid = conrelid), '')
                    || conname || ' ' || contype::text
                from pg_constraint where connamespace = \(schemaOID)
                union all
                select 'function ' || proname || '(' || pg_get_function_identity_arguments(oid) || ')'
                from pg_proc where pronamespace = \(schemaOID)
                union all
                select 'type ' || typname from pg_type
                where typnamespace = \(schemaOID) and typrelid = 0 and typelem = 0
                union all
                select 'trigger ' || relname || '.' || tgname
                from pg_trigger join pg_class on pg_class.oid = tgrelid
                where relnamespace = \(schemaOID) and not tgisinternal
            ) outline (line) order by line
            """
        ).decode(String.self)
        return SchemaOutline(lines: lines)
    }
}
