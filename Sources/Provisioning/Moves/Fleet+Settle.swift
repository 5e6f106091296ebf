import Postgres
import Tenancy

extension Fleet {
    /// What is left to do once a move has switched. Each part can be done again.
    func finish(_ move: MoveRecord, _ name: TenantName, _ report: Report) async throws {
        let tenant = try await control.record(name)
        if move.to.level == .container {
            try await renewRoutes()
            try await withTarget(move, tenant) { try await openWrites($0, name) }
        }
        if let old = try await oldHome(move, tenant) {
            report(MoveProgress(description: "putting the old copy away"))
            let isKept = move.keepSeconds > 0
            // What goes with all that is in it may be half gone already.
            if isKept || old.level == .schema { try await putAway(old, move, tenant) }
            if !isKept {
                if old.level == .container { try await renewRoutes() }
                try await destroy(old, of: tenant.container(old.id))
            }
        }
        try await control.withConnection("writing the journal") { connection in
            _ = try await connection.query(
                "update polls_control.move set step = 'done', finished_at = now() where id = \(move.id)"
            )
        }
    }

    /// The kept copy that a move has left behind.
    private func oldHome(_ move: MoveRecord, _ tenant: TenantRecord) async throws -> Home? {
        try await control.withConnection("reading the homes of \(tenant.name)") { connection in
            let kept = try await Home.all(of: tenant.id, connection).filter { $0.state == .kept }
            return move.fromHome.map { id in kept.first { $0.id == id } } ?? kept.last { $0.level == .schema }
        }
    }

    private func putAway(_ old: Home, _ move: MoveRecord, _ tenant: TenantRecord) async throws {
        let publication = try ChangeStream.publication(of: move.id)
        switch old.level {
        case .schema:
            try await control.change(tenant.name, "putting away the old schema of") { connection in
                _ = try await connection.query("drop publication if exists \(publication)")
                try await Self.rename(old, of: tenant.name, connection)
            }
        case .container:
            // Its publication stays in it: it may have been stopped already.
            try await renewRoutes()
            try await runtime().stop(tenant.container(old.id))
        case .database:
            try await withProvisioner(of: old, container: tenant.container(old.id)) { home in
                try await home.provisioner.change(tenant.name, "putting away the old database of") { connection in
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

    /// Takes a move that has not switched back to its beginning: the unfinished home goes, and the old one takes writes.
    /// - Throws: ``ProvisioningError`` with code `wrongState` when it has switched.
    func takeBack(_ move: MoveRecord, _ name: TenantName, because reason: String) async throws {
        let isOurs = try await control.change(name, "aborting the move of") { connection in
            try await connection.query(
                """
                update polls_control.move set step = 'aborting', error = \(reason)
                where id = \(move.id) and step not in ('switched', 'done', 'aborted')
                """
            ).affected == 1
        }
        guard isOurs else {
            throw ProvisioningError(
                .wrongState,
                "the move of \(name) has switched: the tenant lives in its new home",
                next: "Finish it with move \(name) --resume; to go back, use move \(name) --undo then."
            )
        }
        let tenant = try await control.record(name)
        let target = try await control.withConnection("reading the registry") { try await Home.read(move.toHome, $0) }
        // First of all: never two places that take writes.
        if let target {
            if target.level == .container {
                // The new home takes no writes yet. A front door that cannot be told, or does not run, keeps nobody's
                // writes waiting: it is told again with the next change.
                try? await renewRoutes()
            }
            try await destroy(target, of: tenant.container(target.id))
        }
        try await withHome(of: tenant) { here in
            let source = try await site(of: tenant, in: here)
            let publication = try ChangeStream.publication(of: move.id)
            try await source.client.withConnection { connection in
                _ = try await connection.query("drop publication if exists \(publication)")
            }
            try await openWrites(source, name)
        }
        try await control.change(name, "aborting the move of") { connection in
            _ = try await connection.run([
                "update polls_control.move set step = 'aborted', finished_at = now() where id = \(move.id)",
                """
                update polls_control.tenant set state = case state when 'moving' then 'active' else state end,
                    writes_paused = false
                where id = \(tenant.id)
                """,
            ])
        }
    }

    /// After a failure: back to the beginning where that is possible, and in any case the truth about where it stands.
    func settle(_ move: MoveRecord, _ name: TenantName, after failure: any Error) async -> ProvisioningError {
        let error: ProvisioningError =
            switch failure {
            case let error as ProvisioningError: error
            case let error as PostgresError:
                ProvisioningError.explain(error, doing: "moving \(name)", changed: "The move was taken back")
            case let error as any ContainerFailure: ProvisioningError(.runtime, error.message, next: error.advice)
            default: ProvisioningError(.database, "\(failure)", next: "Run the move again.")
            }
        do {
            try await takeBack(move, name, because: error.message)
            return ProvisioningError(
                error.code == .unknownOutcome ? .connectionLost : error.code,
                "\(error.message). The tenant is where it was",
                next: error.next,
                cause: error.cause
            )
        } catch let other as ProvisioningError where other.code == .wrongState {
            return ProvisioningError(
                error.code,
                "\(name) has moved to \(move.to), and what was to be done after that failed: \(error.message)",
                next: "Run move \(name) --resume, which does the rest.",
                cause: error.cause
            )
        } catch {
            return ProvisioningError(
                .moveUnderWay,
                "the move of \(name) failed: \((failure as? ProvisioningError)?.message ?? "\(failure)"). "
                    + "Taking it back failed too: \((error as? ProvisioningError)?.message ?? "\(error)")",
                next: "Run move \(name) --abort when both servers answer."
            )
        }
    }
}
