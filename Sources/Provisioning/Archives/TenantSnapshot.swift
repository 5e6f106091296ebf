import FoundationEssentials
import Postgres
import Tenancy

/// One moment of a tenant, held by an open transaction in the database that it lives in. It is served meanwhile; what
/// would change its tables waits.
struct TenantSnapshot: Sendable {
    let header: ArchiveHeader
    let connection: PostgresConnection
    private let schema: Identifier

    /// The statement that reads a table of it.
    func reading(_ table: ArchiveHeader.Table) throws -> SQL {
        let columns = try table.columnList()
        return "copy \(schema).\(try Identifier(table.name)) (\(unsafeRaw: columns)) to stdout"
    }

    /// - Parameters:
    ///   - connection: to the tenant's database, in no transaction.
    ///   - current: reads the tenant's record once the moment is fixed.
    static func with<R: Sendable>(
        _ site: MoveSite,
        of name: TenantName,
        _ connection: PostgresConnection,
        current: () async throws -> TenantRecord,
        _ body: (TenantSnapshot) async throws -> R
    ) async throws -> R {
        // A migration waits for this, and not at a table, where others' requests would wait behind it.
        _ = try await connection.run(["set local lock_timeout = '5s'", AdvisoryLock.migrate(name).share])
        for _ in 0..<3 {
            let tables = try await tables(of: site, connection)
            let result: R? = try await connection.withTransaction {
                try await fix(site, tables, connection)
                // A table that was made or renamed just before the locks were taken is seen, and not held.
                guard try await Self.tables(of: site, connection) == tables else { return nil }
                return try await body(try await read(site, of: name, connection, try await current()))
            }
            if let result { return result }
        }
        throw ProvisioningError(
            .busy,
            "the tables of \(name) are being changed at this moment",
            next: "Run it again."
        )
    }

    private static func tables(of site: MoveSite, _ connection: PostgresConnection) async throws -> [String] {
        try await connection.query(
            """
            select relname::text from pg_depend join pg_class on pg_class.oid = objid
            where refclassid = 'pg_namespace'::regclass and refobjid = \(site.schemaOID)
                and classid = 'pg_class'::regclass and relkind = 'r'
            order by relname
            """
        ).decode(String.self)
    }

    /// From here on the transaction sees one moment. The tables are locked before: what rewrites one later would make it
    /// look empty (PostgreSQL, "Caveats" of "Concurrency Control").
    private static func fix(_ site: MoveSite, _ tables: [String], _ connection: PostgresConnection) async throws {
        var statements: [SQL] = [
            "set transaction isolation level repeatable read, read only",
            "set local lock_timeout = '5s'",
            "set local statement_timeout = 0",
            "set local idle_in_transaction_session_timeout = 0",
            // Rows that a policy hides are no archive.
            "set local row_security = off",
            "set local datestyle = 'ISO'",
            "set local intervalstyle = 'postgres'",
            "set local extra_float_digits = 3",
        ]
        if !tables.isEmpty {
            let list = try tables.map { site.schema.quoted + "." + (try Identifier($0).quoted) }.joined(separator: ", ")
            statements.append("lock table \(unsafeRaw: list) in access share mode")
        }
        _ = try await connection.run(statements)
    }

    private static func read(
        _ site: MoveSite,
        of name: TenantName,
        _ connection: PostgresConnection,
        _ tenant: TenantRecord
    ) async throws -> TenantSnapshot {
        // Types of the schema's own are written without its name, which a restore may change.
        _ = try await connection.query(
            "select set_config('search_path', \(site.schema.quoted + ", pg_temp"), true)"
        )
        let odd = try await SourceServer.unmovable(schemaOID: site.schemaOID, connection)
        guard odd.isEmpty else {
            throw ProvisioningError(
                .cannotArchive,
                "the schema of \(name) has \(odd.joined(separator: ", ")): only plain tables can be archived",
                next: "Drop them, or use pg_dump --schema."
            )
        }
        let answers = try await connection.run([
            "select now()",
            """
            select version, checksum from polls_control.tenant_migration join polls_control.tenant on tenant.id = tenant_id
            where name = \(name.rawValue) order by version
            """,
        ])
        let header = ArchiveHeader(
            format: ArchiveHeader.format,
            formatVersion: ArchiveHeader.formatVersion,
            tenant: name.rawValue,
            archivedAt: try answers[0].decodeOne(Timestamp.self).iso8601,
            level: tenant.level.rawValue,
            settings: tenant.settings.text,
            domains: tenant.domains,
            migrations: try answers[1].decode(Int32.self, String.self).map { .init(version: $0, checksum: $1) },
            tables: try await TableShape.read(schemaOID: site.schemaOID, connection).tables.map { .init($0) },
            sequences: try await SequenceCopy.read(schemaOID: site.schemaOID, site.schema, connection),
            outline: try await SchemaOutline.read(schemaOID: site.schemaOID, connection).lines
        )
        return TenantSnapshot(header: header, connection: connection, schema: site.schema)
    }
}

extension Timestamp {
    /// RFC 3339, in UTC, to the second.
    fileprivate var iso8601: String {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000).formatted(.iso8601)
    }
}
