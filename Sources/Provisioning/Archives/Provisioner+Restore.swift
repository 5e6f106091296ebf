import FoundationEssentials
import Postgres
import Tenancy

extension Provisioner {
    /// Makes a tenant with another one's rows, or its own of an earlier time: registry row, role, schema, the migrations
    /// that the rows knew, the rows, and the newer migrations, in one transaction.
    /// - Parameter ownTokens: tokens among the rows are void.
    /// - Throws: ``ProvisioningError``. Nothing was made then, but with code `unknownOutcome`.
    func restore(_ rows: RestoredRows, as new: NewTenant, ownTokens: Bool) async throws -> CreatedTenant {
        let owner = "the archive of \(rows.header.tenant)"
        let pending = try rows.header.ledger.pending(of: product.migrations, owner: owner)
        let id = UUID()
        let role = newRole(of: new.name, id: id)
        return try await make(new, id: id) { token, connection in
            _ = try await connection.run([
                "set local statement_timeout = 0", "set local idle_in_transaction_session_timeout = 0",
            ])
            try await register(new, id: id, role: role, connection)
            let known = product.migrations[..<pending.startIndex]
            var applied = try await buildSchema(
                new.name,
                role: role,
                known,
                fenced: false,
                changed: Self.nothingMade,
                connection
            )
            try await load(rows, into: new.name, connection)
            applied += try await apply(pending, to: new.name.rawValue, changed: Self.nothingMade, connection)
            try await Self.grant(try Identifier(new.name.rawValue), to: try grantee(role: role), connection)
            if ownTokens { _ = try await connection.query(product.removeTokens()) }
            try await admit(new.name, id: id, applied, token: token, fenced: false, connection)
        }
    }

    /// Looks whether an archive can be restored here, as far as that can be told without doing it.
    /// - Throws: ``ProvisioningError``, with what stands in the way.
    func checkRestore(of header: ArchiveHeader, as new: NewTenant) async throws {
        let owner = "the archive of \(header.tenant)"
        let pending = try header.ledger.pending(of: product.migrations, owner: owner)
        try Self.compare(try await outline(of: product.migrations[..<pending.startIndex]), with: header)
        let (isTaken, schemaIsTaken, hosts) = try await withConnection("looking for \(new.name)") { connection in
            try await connection.query(
                """
                select exists (select from polls_control.tenant where name = \(new.name.rawValue)),
                    exists (select from pg_namespace where nspname = \(new.name.rawValue)),
                    array(select host from polls_control.tenant_domain where host = any (\(new.domains.map(\.host))))
                """
            ).decodeOne(Bool.self, Bool.self, [String].self)
        }
        if isTaken { throw Self.tenantExists(new.name) }
        if schemaIsTaken { throw try Self.schemaTaken(new.name) }
        if let host = hosts.first { throw Self.domainTaken(host) }
    }

    /// Fills the schema that the transaction is in, which was made as far as the rows knew it.
    private func load(_ rows: RestoredRows, into name: TenantName, _ connection: PostgresConnection) async throws {
        let schema = try Identifier(name.rawValue)
        let oid = try await connection.query("select oid from pg_namespace where nspname = \(name.rawValue)")
            .decodeOne(UInt32.self)
        try Self.compare(try await SchemaOutline.read(schemaOID: oid, connection), with: rows.header)
        let (shapes, isCircular) = try await TableShape.read(schemaOID: oid, connection)
        let tables = rows.header.tables
        guard shapes.map(\.name.name).sorted() == tables.map(\.name).sorted() else {
            throw Self.cannotRestore(rows.header, "its tables are not those of its outline")
        }
        let isBare = isCircular || shapes.contains(where: \.hasTriggers)
        if isBare { try await leaveOutTriggers(rows.header, connection) }
        // What migrations write by themselves is among the rows.
        let list = shapes.map { schema.quoted + "." + $0.name.quoted }.joined(separator: ", ")
        if !shapes.isEmpty { _ = try await connection.query("truncate \(unsafeRaw: list)") }
        var counts: [Int64] = []
        for table in tables {
            let columns = try table.columnList()
            let writing: SQL = "copy \(schema).\(try Identifier(table.name)) (\(unsafeRaw: columns)) from stdin"
            counts.append(Int64(try await rows.load(table, writing, connection)))
        }
        if let expected = try await rows.end(), expected != counts {
            throw Self.cannotRestore(rows.header, "PostgreSQL took \(counts) rows of \(expected)")
        }
        let found = try await connection.run(
            tables.map { "select count(*) from \(schema).\(try Identifier($0.name))" }
        ).map { try $0.decodeOne(Int64.self) }
        guard found == counts else {
            throw Self.cannotRestore(rows.header, "of \(counts) rows, \(found) are there")
        }
        _ = try await connection.run(
            SequenceCopy.set(rows.header.sequences, schemaOID: oid)
                + tables.map { "analyze \(schema).\(try Identifier($0.name))" }
                // To set even this takes a superuser.
                + (isBare ? ["set local session_replication_role = default"] : [])
        )
    }

    /// Keys are checked as rows come, parents first. Where their order is of no use, or triggers would do their work once
    /// more, rows are written without either, which PostgreSQL allows to superusers alone.
    private func leaveOutTriggers(_ header: ArchiveHeader, _ connection: PostgresConnection) async throws {
        let isSuperuser = try await connection.query("select rolsuper from pg_roles where rolname = current_user")
            .decodeOne(Bool.self)
        guard isSuperuser else {
            throw ProvisioningError(
                .cannotRestore,
                "the tables of \(header.tenant) have triggers, or foreign keys that go round in a circle",
                next: "Use a superuser as the operator."
            )
        }
        _ = try await connection.query("set local session_replication_role = replica")
    }

    private static func compare(_ outline: SchemaOutline, with header: ArchiveHeader) throws {
        guard let difference = outline.difference(from: SchemaOutline(lines: header.outline)) else { return }
        throw cannotRestore(header, "its schema was not as the migrations make it: \(difference)")
    }

    private static func cannotRestore(_ header: ArchiveHeader, _ what: String) -> ProvisioningError {
        ProvisioningError(
            .cannotRestore,
            "the archive of \(header.tenant) cannot be restored: \(what)",
            next: "Use the program that wrote it, or another archive. Nothing was created."
        )
    }
}
