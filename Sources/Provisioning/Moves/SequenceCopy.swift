import Postgres

/// Takes the values of a tenant's sequences to the copy: what they gave out is not given out again.
enum SequenceCopy {
    static func run(from source: MoveSite, to target: MoveSite) async throws {
        let values = try await source.client.withConnection { from in
            try await read(schemaOID: source.schemaOID, source.schema, from)
        }
        guard !values.isEmpty else { return }
        try await target.client.withConnection { _ = try await $0.run(set(values, schemaOID: target.schemaOID)) }
    }

    /// What each sequence of a schema has given out, by name. A sequence has no snapshot: it is as it is now.
    static func read(
        schemaOID: UInt32,
        _ schema: Identifier,
        _ connection: PostgresConnection
    ) async throws -> [SequenceValue] {
        let names = try await connection.query(
            """
            select relname::text from pg_depend join pg_class on pg_class.oid = objid
            where refclassid = 'pg_namespace'::regclass and refobjid = \(schemaOID) and classid = 'pg_class'::regclass
                and relkind = 'S'
            order by relname
            """
        ).decode(String.self)
        let answers = try await connection.run(
            names.map { name in
                "select last_value, is_called from \(schema).\(try Identifier(name))"
            }
        )
        return try zip(names, answers).map { name, answer in
            let (value, isCalled) = try answer.decodeOne(Int64.self, Bool.self)
            return SequenceValue(name: name, lastValue: value, isCalled: isCalled)
        }
    }

    /// The statements that give them to the sequences of the same names.
    static func set(_ values: [SequenceValue], schemaOID: UInt32) -> [SQL] {
        values.map { sequence in
            """
            select setval(oid::regclass, \(sequence.lastValue), \(sequence.isCalled)) from pg_class
            where relnamespace = \(schemaOID) and relname = \(sequence.name) and relkind = 'S'
            """
        }
    }
}
