import FoundationEssentials
import Postgres

/// The changes of a tenant's tables from a moment on, as PostgreSQL decodes them from its log.
///
/// The slot is temporary: it goes with its connection, whatever ends that. Only a publication can be left behind, and
/// the journal knows its name.
struct ChangeStream {
    private let connection: PostgresConnection
    private let slot: String
    private let publication: Identifier
    /// What the database was at that moment, until the first ``next()``.
    let snapshot: String

    /// Opens a stream for the length of the call.
    static func with<R: Sendable>(
        _ site: MoveSite,
        tables: [TableShape],
        move: Int64,
        _ body: (ChangeStream) async throws -> R
    ) async throws -> R {
        let publication = try publication(of: move)
        let names = tables.map { site.qualified($0) }.joined(separator: ", ")
        try await site.client.withConnection { connection in
            _ = try await connection.run([
                "drop publication if exists \(publication)",
                "create publication \(publication) for table \(unsafeRaw: names)",
            ])
        }
        var configuration = site.configuration
        configuration.connectionString = try ConnectionString(configuration.connectionString)
            .with("replication", "database").text
        configuration.connections = 0
        configuration.leases = 1
        return try await PostgresClient.withClient(configuration, logger: site.provisioner.logger) { client in
            try await client.withConnection { connection in
                try await body(try await open(connection, publication: publication))
            }
        }
    }

    /// The publication of a move: its only trace in the source's catalog.
    static func publication(of move: Int64) throws -> Identifier { try Identifier("polls_move_\(move)") }

    private static func open(_ connection: PostgresConnection, publication: Identifier) async throws -> ChangeStream {
        // As both sides must write and read values.
        _ = try await connection.execute(
            script:
                """
                set datestyle = 'ISO'; set intervalstyle = 'postgres'; set extra_float_digits = 3; set timezone = 'UTC';
                set synchronous_commit = local
                """
        )
        let slot = "\(publication.name)_\(UUID().uuidString.lowercased().prefix(8))"
        let answer = try await withThrowingTaskGroup(of: [Rows].self) { group in
            group.addTask {
                try await connection.execute(
                    script: "CREATE_REPLICATION_SLOT \(unsafeRaw: slot) TEMPORARY LOGICAL pgoutput EXPORT_SNAPSHOT"
                )
            }
            // The tenant is served meanwhile: there is no hurry.
            group.addTask {
                try await Task.sleep(for: .seconds(60))
                throw ProvisioningError(
                    .busy,
                    "the server cannot begin to decode its log: a transaction that began before does not end",
                    next: "Find it in pg_stat_activity, end it, and run the move again."
                )
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
        guard let snapshot = answer.last?.first?.text(at: 2) else {
            throw PostgresError(.decoding, "the server made a replication slot without a snapshot")
        }
        return ChangeStream(connection: connection, slot: slot, publication: publication, snapshot: snapshot)
    }

    /// The place in the log behind all that was committed before this call. It is on disk: decoding goes no further.
    func end() async throws -> String {
        let answer = try await connection.execute(script: "select pg_logical_emit_message(true, 'polls_move', '')")
        guard let end = answer.last?.first?.text(at: 0) else {
            throw PostgresError(.decoding, "the server did not say where its log ends")
        }
        return end
    }

    /// What has been committed since the last call: whole transactions, in the order of their commits, of some thousand
    /// changes at most. Empty: nothing is left.
    /// - Parameter end: a place in the log at which to stop. Without it, a server before PostgreSQL 15 goes on for as long
    ///   as anybody writes: it names transactions that changed none of the tables too.
    func next(upTo end: String? = nil) async throws -> [PgoutputMessage] {
        let answer = try await connection.execute(
            script: """
                select data from pg_logical_slot_get_binary_changes(\(literal: slot),
                    nullif(\(literal: end ?? ""), '')::pg_lsn, 5000,
                    'proto_version', '1', 'publication_names', \(literal: publication.name))
                """
        )
        return try (answer.last.map(Array.init) ?? []).map { row in
            try PgoutputMessage(PgoutputMessage.bytes(hex: row.text(at: 0) ?? ""))
        }
    }
}
