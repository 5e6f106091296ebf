import Postgres

/// Copies a tenant's rows from one database to another, table by table.
struct TableCopy {
    let source: MoveSite
    let target: MoveSite
    let tables: [TableShape]

    /// In one transaction at the target, from one snapshot of the source.
    /// - Parameters:
    ///   - snapshot: one that was exported; `nil`: as the source is now.
    /// - Returns: the number of rows.
    func run(snapshot: String?) async throws -> Int {
        try await source.client.withTransaction { from in
            _ = try await from.query("set transaction isolation level repeatable read, read only")
            if let snapshot { _ = try await from.query("set transaction snapshot \(literal: snapshot)") }
            return try await target.client.withTransaction { to in
                try await TargetSession.prepare(to)
                var rows = 0
                for table in tables { rows += try await copy(table, from, to) }
                for table in tables {
                    _ = try await to.query("analyze \(unsafeRaw: target.qualified(table))")
                }
                try await target.confirm(to)
                return rows
            }
        }
    }

    private func copy(_ table: TableShape, _ from: PostgresConnection, _ to: PostgresConnection) async throws -> Int {
        let columns = table.columnList
        return try await Self.pipe(
            from,
            "copy \(unsafeRaw: source.qualified(table)) (\(unsafeRaw: columns)) to stdout",
            into: "copy \(unsafeRaw: target.qualified(table)) (\(unsafeRaw: columns)) from stdin",
            to
        )
    }

    /// Hands what one COPY gives to another, of which neither gets far ahead.
    /// - Returns: the number of rows.
    static func pipe(
        _ from: PostgresConnection,
        _ reading: SQL,
        into writing: SQL,
        _ to: PostgresConnection
    ) async throws -> Int {
        let pipe = ChunkPipe()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await from.copyOut(reading) { try await pipe.put($0) }
                    await pipe.finish(.success(()))
                } catch {
                    await pipe.finish(.failure(error))
                    throw error
                }
            }
            let rows: Int
            do {
                rows = try await to.copyIn(writing, from: ChunkPipe.Chunks(pipe: pipe))
            } catch {
                await pipe.close()
                throw error
            }
            try await group.waitForAll()
            return rows
        }
    }
}

/// How a target's session writes what the source has already checked.
enum TargetSession {
    static func prepare(_ connection: PostgresConnection) async throws {
        let isSuperuser = try await connection.query("select rolsuper from pg_roles where rolname = current_user")
            .decodeOne(Bool.self)
        // Triggers have done their work at the source. A login that may not say so finds none: the plan has looked.
        if isSuperuser { _ = try await connection.query("set local session_replication_role = replica") }
        // A commit that is not waited for is made safe by the next that is: the switch's.
        _ = try await connection.query("set local synchronous_commit = off")
    }
}
