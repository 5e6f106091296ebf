import Postgres

/// Takes the values of a tenant's sequences to the copy: what they gave out is not given out again.
enum SequenceCopy {
    static func run(from source: MoveSite, to target: MoveSite) async throws {
        let oid = source.schemaOID
        try await source.client.withConnection { from in
            let names = try await from.query(
                "select relname::text from pg_class where relnamespace = \(oid) and relkind = 'S' order by relname"
            ).decode(String.self)
            guard !names.isEmpty else { return }
            let values = try await from.run(
                names.map { name in
                    "select last_value, is_called from \(source.schema).\(try Identifier(name))"
                }
            )
            let statements: [SQL] = try zip(names, values).map { name, answer in
                let (value, isCalled) = try answer.decodeOne(Int64.self, Bool.self)
                return """
                    select setval(oid::regclass, \(value), \(isCalled)) from pg_class
                    where relnamespace = \(target.schemaOID) and relname = \(name) and relkind = 'S'
                    """
            }
            try await target.client.withConnection { _ = try await $0.run(statements) }
        }
    }
}
