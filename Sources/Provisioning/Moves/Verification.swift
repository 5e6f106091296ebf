import Postgres

/// What a copy holds: how many rows each table has, and a sum over all of them that their order does not change.
struct Verification: Sendable, Equatable {
    struct Table: Sendable, Equatable {
        let name: String
        let rows: Int64
        let sum: String
    }

    let tables: [Table]

    var rows: Int64 { tables.reduce(0) { $0 + $1.rows } }

    static func read(_ site: MoveSite, _ tables: [TableShape]) async throws -> Verification {
        var statements: [SQL] = [
            // Both sides must write their values alike.
            """
            select set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true),
                set_config('intervalstyle', 'postgres', true), set_config('extra_float_digits', '3', true),
                set_config('bytea_output', 'hex', true), set_config('search_path', '', true)
            """
        ]
        for table in tables {
            statements.append(
                """
                select count(*), coalesce(sum(hashtextextended(row(\(unsafeRaw: table.columnList))::text, 0)), 0)::text
                from \(unsafeRaw: site.qualified(table))
                """
            )
        }
        let answers = try await site.client.withConnection { [statements] in try await $0.run(statements) }
        return Verification(
            tables: try zip(tables, answers.dropFirst()).map { table, answer in
                let (rows, sum) = try answer.decodeOne(Int64.self, String.self)
                return Table(name: table.name.name, rows: rows, sum: sum)
            }
        )
    }

    /// Reads both sides at once, and holds them against each other.
    /// - Throws: ``ProvisioningError`` with code `copiesDiffer`, naming the table.
    static func compare(_ source: MoveSite, _ target: MoveSite, _ tables: [TableShape]) async throws -> Verification {
        async let here = read(source, tables)
        async let there = read(target, tables)
        let (original, copy) = try await (here, there)
        for (one, other) in zip(original.tables, copy.tables) where one != other {
            throw ProvisioningError(
                .copiesDiffer,
                "the copy of \(one.name) differs: \(one.rows) rows at the source, \(other.rows) in the copy",
                next: "Run the move again; if that does not help, this is a fault of the program."
            )
        }
        return original
    }
}
