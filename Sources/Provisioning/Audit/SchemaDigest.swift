import Postgres

/// What schemas are made of, each as one number: schemas with the same number are alike.
///
/// It is taken from the catalogs as they are, without having PostgreSQL write out a single definition, so that ten
/// thousand schemas take a second or two. Not so the other way round: where expressions name things of the schema itself,
/// such as a type or a function of its own, two that are alike have different numbers. ``SchemaDefinition`` tells.
enum SchemaDigest {
    /// The schemas whose number is not the expected one.
    /// - Parameter expected: `nil`: every schema is answered.
    static func read(
        _ schemas: [UInt32],
        unlike expected: String?,
        _ connection: PostgresConnection
    ) async throws -> [(schema: UInt32, digest: String)] {
        let oids = schemas.map(Int64.init)
        return try await connection.query(
            """
            with line (schema, line) as (
                select relnamespace, row('class', relkind, relname, relpersistence, relrowsecurity,
                    relforcerowsecurity, reloptions)::text
                from pg_catalog.pg_class where relkind not in ('c', 'i', 'I', 'S') and relnamespace = any (\(oids)::oid[])
                union all
                select relnamespace, row('column', relname, attname, attnum, atttypid, atttypmod, attnotnull,
                    attidentity, attgenerated, attcollation, adbin)::text
                from pg_catalog.pg_class join pg_catalog.pg_attribute on attrelid = pg_class.oid
                left join pg_catalog.pg_attrdef on adrelid = attrelid and adnum = attnum
                where relkind not in ('i', 'I', 'S') and relnamespace = any (\(oids)::oid[])
                    and attnum > 0 and not attisdropped
                union all
                select relnamespace, row('sequence', relname, seqtypid, seqstart, seqincrement, seqmax, seqmin,
                    seqcache, seqcycle)::text
                from pg_catalog.pg_class join pg_catalog.pg_sequence on seqrelid = pg_class.oid
                where relnamespace = any (\(oids)::oid[])
                union all
                select own.relnamespace, row('index', own.relname, held.relname, indisunique, indisprimary,
                    indisexclusion, indimmediate, indisvalid, indisready, indnkeyatts, indkey, indcollation,
                    indclass, indoption, indexprs, indpred, own.relam, own.reloptions)::text
                from pg_catalog.pg_index join pg_catalog.pg_class own on own.oid = indexrelid
                join pg_catalog.pg_class held on held.oid = indrelid
                where own.relnamespace = any (\(oids)::oid[])
                union all
                -- From PostgreSQL 18 on, not null is a constraint of its own, and a column's flag all the same.
                select connamespace, row('constraint', conname, contype, condeferrable, condeferred, convalidated,
                    held.relname, other.relname, other.relnamespace = connamespace, confupdtype, confdeltype,
                    confmatchtype, conkey, confkey, conbin)::text
                from pg_catalog.pg_constraint left join pg_catalog.pg_class held on held.oid = conrelid
                left join pg_catalog.pg_class other on other.oid = confrelid
                where contype <> 'n' and connamespace = any (\(oids)::oid[])
                union all
                select pronamespace, row('function', proname, prokind, prosecdef, proisstrict, provolatile, prolang,
                    prorettype, proargtypes, proargdefaults, proconfig, prosrc)::text
                from pg_catalog.pg_proc where pronamespace = any (\(oids)::oid[])
                union all
                select relnamespace, row('trigger', relname, tgname, tgenabled, tgtype, proname, tgqual, tgargs)::text
                from pg_catalog.pg_trigger join pg_catalog.pg_class on pg_class.oid = tgrelid
                join pg_catalog.pg_proc on pg_proc.oid = tgfoid
                where not tgisinternal and relnamespace = any (\(oids)::oid[])
                union all
                select relnamespace, row('rule', relname, rulename, ev_type, ev_enabled, ev_action)::text
                from pg_catalog.pg_rewrite join pg_catalog.pg_class on pg_class.oid = ev_class
                where relnamespace = any (\(oids)::oid[])
                union all
                select typnamespace, row('type', typname, typtype, typbasetype, typnotnull, typdefault,
                    array(select enumlabel::text from pg_catalog.pg_enum where enumtypid = pg_type.oid
                        order by enumsortorder))::text
                from pg_catalog.pg_type
                where typtype in ('e', 'd', 'r') and typnamespace = any (\(oids)::oid[])
            )
            select place.schema, coalesce(digest, '')
            from unnest(\(oids)::oid[]) as place (schema) left join (
                select schema, sum(hashtextextended(line, 0))::text as digest from line group by schema
            ) found on found.schema = place.schema
            where coalesce(digest, '') is distinct from \(expected)::text
            """
        ).decode(UInt32.self, String.self).map { (schema: $0.0, digest: $0.1) }
    }
}
