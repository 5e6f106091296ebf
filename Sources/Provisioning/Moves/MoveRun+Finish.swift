import Postgres
import Tenancy

extension MoveRun {
    /// What is left to do once a move has switched. Each part can be done again.
    func finish() async throws {
        if move.to.level == .container {
            try await fleet.renewRoutes()
            try await withTarget { target in try await whileAt(.switched) { try await target.openWrites(of: name) } }
        }
        if let old = try await oldHome() {
            tell("putting the old copy away")
            let isKept = move.keepSeconds > 0
            // What goes with all that is in it may be half gone already.
            if isKept || old.level == .schema { try await putAway(old) }
            if !isKept {
                if old.level == .container { try await fleet.renewRoutes() }
                try await fleet.destroy(old, of: tenant.container(old.id))
            }
        }
        try await control.change(name, "ending the move of") { connection in
            // Whoever took it up has done the same.
            try await advance(from: .switched, .done, to: .done, connection)
            _ = try await connection.query(
                "update polls_control.move set finished_at = now() where id = \(move.id) and finished_at is null"
            )
        }
    }

    /// The kept copy that the move has left behind; `nil`: it is gone already. The switch wrote down which.
    private func oldHome() async throws -> Home? {
        try await control.withConnection("reading the homes of \(name)") { connection in
            let rows = try await connection.query("select from_home from polls_control.move where id = \(move.id)")
            guard let id = try rows.decode(Int64?.self).first ?? nil else { return nil }
            return try await Home.read(id, connection)
        }
    }

    private func putAway(_ old: Home) async throws {
        let publication = try ChangeStream.publication(of: move.id)
        switch old.level {
        case .schema:
            try await control.change(name, "putting away the old schema of") { connection in
                _ = try await connection.query("drop publication if exists \(publication)")
                try await Self.rename(old, of: name, connection)
            }
        case .container:
            // Its publication stays in it: it may have been stopped already.
            try await fleet.renewRoutes()
            try await fleet.runtime().stop(tenant.container(old.id))
        case .database:
            try await fleet.withProvisioner(of: old, container: tenant.container(old.id)) { home in
                try await home.provisioner.change(name, "putting away the old database of") { connection in
                    _ = try await connection.query("drop publication if exists \(publication)")
                }
            }
        }
    }

    /// Frees the tenant's name for a schema that may come back.
    private static func rename(_ old: Home, of name: TenantName, _ connection: PostgresConnection) async throws {
        let current = try await connection.query("select nspname::text from pg_namespace where oid = \(old.schemaOID)")
            .decodeOptional(String.self)
        guard let current, current == name.rawValue else { return }
        let kept = try Identifier("\(name)~\(old.id)")
        _ = try await connection.run([
            "set local lock_timeout = '5s'",
            "alter schema \(try Identifier(current)) rename to \(kept)",
            "update polls_control.home set schema_name = \(kept.name) where id = \(old.id)",
        ])
    }
}
