import Postgres

/// Where a restored tenant's rows come from: a file, or another tenant's snapshot.
struct RestoredRows {
    let header: ArchiveHeader
    /// Writes the rows of the next table, in the header's order, by a COPY on the connection.
    /// - Returns: how many.
    let load: (_ table: ArchiveHeader.Table, _ writing: SQL, PostgresConnection) async throws -> Int
    /// Is asked when all of them are written, and before they are kept.
    /// - Returns: how many rows each table must have; `nil`: as many as were written.
    let end: () async throws -> [Int64]?

    /// A file's, which was found whole, and is read once more.
    init(_ archive: TenantArchive) async throws {
        let reader = try await archive.again()
        header = archive.header
        load = { _, writing, connection in try await connection.copyIn(writing, from: reader.chunks) }
        end = { try await reader.end().rows }
    }

    /// A snapshot's, straight from the one database into the other.
    init(_ snapshot: TenantSnapshot) {
        header = snapshot.header
        load = { table, writing, connection in
            try await TableCopy.pipe(snapshot.connection, snapshot.reading(table), into: writing, connection)
        }
        end = { nil }
    }
}
