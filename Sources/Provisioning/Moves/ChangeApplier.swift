import Postgres

/// Does at the target what the source has done, in the same order, row by row of the primary key.
struct ChangeApplier {
    private let target: MoveSite
    private let shapes: [String: TableShape]
    /// Tables as the stream has named them.
    private var relations: [UInt32: Relation] = [:]

    private struct Relation {
        let shape: TableShape
        let columns: [PgoutputMessage.Column]
        /// Type of each column, at the target.
        let types: [String]
    }

    init(target: MoveSite, tables: [TableShape]) {
        self.target = target
        shapes = Dictionary(tables.map { ($0.name.name, $0) }) { $1 }
    }

    /// Applies whole transactions as one.
    /// - Returns: the number of changes.
    /// - Throws: ``ProvisioningError`` with code `copiesDiffer` when a row is not as the source says.
    mutating func apply(_ messages: [PgoutputMessage]) async throws -> Int {
        var statements: [(sql: SQL, mustTouch: Bool)] = []
        for message in messages {
            if let statement = try statement(message) { statements.append(statement) }
        }
        guard !statements.isEmpty else { return 0 }
        let (target, schema) = (target, target.schema)
        try await target.client.withTransaction { [statements] connection in
            try await TargetSession.prepare(connection)
            _ = try await connection.query("select set_config('search_path', \(schema.quoted + ", pg_temp"), true)")
            for start in stride(from: 0, to: statements.count, by: 250) {
                let batch = statements[start..<min(start + 250, statements.count)]
                let answers = try await connection.run(batch.map(\.sql))
                for (answer, statement) in zip(answers, batch) where statement.mustTouch && answer.affected != 1 {
                    throw ProvisioningError(
                        .copiesDiffer,
                        "a row that the source has changed is not in the copy: \(statement.sql.text)",
                        next: "Run the move again; if that does not help, this is a fault of the program."
                    )
                }
            }
            try await target.confirm(connection)
        }
        return statements.count
    }

    private mutating func statement(_ message: PgoutputMessage) throws -> (sql: SQL, mustTouch: Bool)? {
        switch message {
        case .relation(let id, _, let table, let columns):
            guard let shape = shapes[table] else { throw Self.unknown(table) }
            let types = Dictionary(shape.columns.map { ($0.name.name, $0.type) }) { $1 }
            relations[id] = Relation(
                shape: shape,
                columns: columns,
                types: try columns.map { column in
                    guard let type = types[column.name] else { throw Self.unknown("\(table).\(column.name)") }
                    return type
                }
            )
            return nil
        case .insert(let id, let row): return (try insert(row, into: relation(id)), true)
        case .update(let id, let old, let new): return (try update(relation(id), old, new), true)
        // A cascade may have taken the row at the target already.
        case .delete(let id, let old): return (try delete(relation(id), old), false)
        case .truncate(let ids, let cascade, let restart):
            let names = try ids.map { target.qualified(try relation($0).shape) }.joined(separator: ", ")
            let ending = (restart ? " restart identity" : "") + (cascade ? " cascade" : "")
            return ("truncate \(unsafeRaw: names + ending)", false)
        case .commit, .other: return nil
        }
    }

    private func relation(_ id: UInt32) throws -> Relation {
        guard let relation = relations[id] else { throw Self.unknown("number \(id)") }
        return relation
    }

    private func insert(_ row: [PgoutputMessage.Value], into relation: Relation) throws -> SQL {
        let columns = try relation.columns.map { try Identifier($0.name).quoted }.joined(separator: ", ")
        var text = SQL.StringInterpolation(literalCapacity: 64, interpolationCount: row.count)
        text.appendLiteral("insert into ")
        text.appendInterpolation(unsafeRaw: target.qualified(relation.shape))
        text.appendInterpolation(unsafeRaw: " (\(columns)) overriding system value values (")
        for (index, value) in row.enumerated() {
            if index > 0 { text.appendLiteral(", ") }
            text.append(value, relation.types[index])
        }
        text.appendLiteral(")")
        return SQL(stringInterpolation: text)
    }

    private func update(
        _ relation: Relation,
        _ old: [PgoutputMessage.Value]?,
        _ new: [PgoutputMessage.Value]
    ) throws -> SQL {
        var text = SQL.StringInterpolation(literalCapacity: 64, interpolationCount: new.count + 1)
        text.appendLiteral("update ")
        text.appendInterpolation(unsafeRaw: target.qualified(relation.shape))
        text.appendLiteral(" set ")
        var isFirst = true
        for (index, value) in new.enumerated() where value != .unchanged {
            let isKey = relation.columns[index].isKey
            // A key that stays must not be set: an identity column takes none.
            if isKey, old == nil || old?[index] == value { continue }
            if !isFirst { text.appendLiteral(", ") }
            isFirst = false
            text.appendInterpolation(try Identifier(relation.columns[index].name))
            text.appendLiteral(" = ")
            text.append(value, relation.types[index])
        }
        if isFirst {
            // Nothing but the key, as it was: the row has to be there, and stays as it is.
            text = SQL.StringInterpolation(literalCapacity: 64, interpolationCount: 1)
            text.appendLiteral("select true from ")
            text.appendInterpolation(unsafeRaw: target.qualified(relation.shape))
        }
        try text.appendKey(relation.columns, relation.types, old ?? new)
        return SQL(stringInterpolation: text)
    }

    private func delete(_ relation: Relation, _ old: [PgoutputMessage.Value]) throws -> SQL {
        var text = SQL.StringInterpolation(literalCapacity: 64, interpolationCount: 1)
        text.appendLiteral("delete from ")
        text.appendInterpolation(unsafeRaw: target.qualified(relation.shape))
        try text.appendKey(relation.columns, relation.types, old)
        return SQL(stringInterpolation: text)
    }

    private static func unknown(_ what: String) -> ProvisioningError {
        ProvisioningError(
            .copiesDiffer,
            "the source has changed \(what), which the copy does not have: its tables were altered meanwhile",
            next: "Run the move again."
        )
    }
}

extension SQL.StringInterpolation {
    /// A value of the stream, as a value of the column's type.
    fileprivate mutating func append(_ value: PgoutputMessage.Value, _ type: String) {
        let text: String? = if case .text(let text) = value { text } else { nil }
        appendInterpolation(text)
        appendInterpolation(unsafeRaw: "::text::\(type)")
    }

    /// The condition that finds the row of a key.
    fileprivate mutating func appendKey(
        _ columns: [PgoutputMessage.Column],
        _ types: [String],
        _ row: [PgoutputMessage.Value]
    ) throws {
        var word = " where "
        for (index, column) in columns.enumerated() where column.isKey {
            appendLiteral(word)
            appendInterpolation(try Identifier(column.name))
            appendLiteral(" = ")
            append(row[index], types[index])
            word = " and "
        }
    }
}
