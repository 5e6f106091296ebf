import Postgres

/// Whether a server lets this login follow its changes.
struct SourceServer: Sendable {
    /// What stands in the way; `nil`: nothing does.
    let obstacle: String?

    static func read(_ connection: PostgresConnection) async throws -> SourceServer {
        let (level, mayReplicate, mayPublish, slots, senders) = try await connection.query(
            """
            select current_setting('wal_level'), rolsuper or rolreplication,
                has_database_privilege(current_database(), 'create'),
                current_setting('max_replication_slots')::int8 - (select count(*) from pg_replication_slots),
                current_setting('max_wal_senders')::int8
                    - (select count(*) from pg_stat_activity where backend_type = 'walsender')
            from pg_roles where rolname = current_user
            """
        ).decodeOne(String.self, Bool.self, Bool.self, Int64.self, Int64.self)
        let obstacle: String? =
            if level != "logical" {
                "wal_level is \(level), not logical"
            } else if !mayReplicate {
                "the operator's login may not replicate"
            } else if !mayPublish {
                "the operator's login may not make a publication"
            } else if slots < 1 {
                "every replication slot is taken (max_replication_slots)"
            } else if senders < 1 {
                "every connection for replication is taken (max_wal_senders)"
            } else { nil }
        return SourceServer(obstacle: obstacle)
    }

    /// Things in a schema that hold rows and are no plain tables.
    static func unmovable(schemaOID: UInt32, _ connection: PostgresConnection) async throws -> [String] {
        try await connection.query(
            """
            select case relkind when 'p' then 'the partitioned table ' when 'm' then 'the materialized view '
                else 'the foreign table ' end || relname
            from pg_depend join pg_class on pg_class.oid = objid
            where refclassid = 'pg_namespace'::regclass and refobjid = \(schemaOID) and classid = 'pg_class'::regclass
                and relkind in ('p', 'm', 'f')
            order by relname
            """
        ).decode(String.self)
    }
}
