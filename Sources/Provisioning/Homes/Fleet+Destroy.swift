import Postgres
import Tenancy

extension Fleet {
    /// Removes a home, whatever there is of it, and its row. It can be run again after a failure or a kill.
    func destroy(_ home: Home, of container: TenantContainer) async throws {
        switch home.level {
        case .schema: return try await destroySchema(home)
        case .database: try await destroyDatabase(home)
        case .container:
            let wasMade = home.state != .making || home.schemaOID != 0
            try await runtime().remove(container, wasMade: wasMade)
        }
        try await control.change(container.tenant, "removing a home of") { try await Self.forget(home, $0) }
    }

    /// By its oid: another schema that has got the name since is not the tenant's.
    private func destroySchema(_ home: Home) async throws {
        do {
            try await control.client.withTransaction { connection in
                _ = try await connection.query("set local lock_timeout = '10s'")
                let (schema, hasRole) = try await connection.query(
                    """
                    select (select nspname::text from pg_namespace where oid = \(home.schemaOID)),
                        exists (select from pg_roles where rolname = \(home.role))
                    """
                ).decodeOne(String?.self, Bool.self)
                var statements: [SQL] = []
                if let schema { statements.append("drop schema \(try Identifier(schema)) cascade") }
                if let role = home.role, hasRole { statements.append("drop role \(try Identifier(role))") }
                _ = try await connection.run(statements)
                try await Self.forget(home, connection)
            }
        } catch let error as PostgresError {
            throw ProvisioningError.explain(error, doing: "dropping a kept schema", changed: "Nothing was changed")
        }
    }

    private func destroyDatabase(_ home: Home) async throws {
        guard let name = home.database else { return }
        let database = try Identifier(name)
        if let server = home.server, try await self.server(server).state == .lost { return }
        let url = try await operatorString(server: home.server).text
        try await withServer(url, "dropping the database \(name)") { connection in
            // A killed process's replication slot holds the database for a moment.
            for attempt in 0... {
                do {
                    _ = try await connection.execute(script: "drop database if exists \(database) with (force)")
                    break
                } catch let error as PostgresError where error.sqlState == "55006" && attempt < 50 {
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            if let role = home.role { _ = try await connection.query("drop role if exists \(try Identifier(role))") }
        }
    }

    private static func forget(_ home: Home, _ connection: PostgresConnection) async throws {
        _ = try await connection.run([
            // Its oid means nothing in another database.
            """
            update polls_control.tenant set home_id = null, schema_oid = 0, role_name = null
            where home_id = \(home.id)
            """,
            "delete from polls_control.home where id = \(home.id)",
        ])
    }
}
