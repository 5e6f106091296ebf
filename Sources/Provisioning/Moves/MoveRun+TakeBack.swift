import Postgres
import Tenancy

extension MoveRun {
    /// Takes a move that has not switched back to its beginning: the unfinished home goes, and the old one takes writes.
    ///
    /// A database on a server that does not answer is left for a later sweep: it never led anybody, and the tenant's
    /// writers do not wait for it.
    /// - Throws: ``ProvisioningError`` with code `wrongState` when it has switched, and `noMove` when another hand has
    ///   taken it back, or is about to.
    func takeBack(because reason: String) async throws {
        // Only who found it so, with the tenant's lock, takes up what another one began to take back.
        let wasAborting = move.step == .aborting
        let isOurs = try await control.change(name, "aborting the move of") { connection in
            try await connection.query(
                """
                update polls_control.move set step = 'aborting', error = \(reason)
                where id = \(move.id)
                    and (step in ('begun', 'made', 'copied', 'paused', 'verified') or step = 'aborting' and \(wasAborting))
                    and not exists (select from polls_control.tenant where home_id = to_home)
                """
            ).affected == 1
        }
        guard isOurs else {
            let step = try await control.withConnection("reading the journal") { connection in
                try await connection.query("select step from polls_control.move where id = \(move.id)")
                    .decodeOptional(String.self)
            }
            guard let step, step != "aborting", step != "aborted" else { throw endedByAnother }
            throw ProvisioningError(
                .wrongState,
                "the move of \(name) has switched: the tenant lives in its new home",
                next: "Finish it with move \(name) --resume; to go back, use move \(name) --undo then."
            )
        }
        let target = try await control.withConnection("reading the registry") { try await Home.read(move.toHome, $0) }
        // First of all: never two places that take writes.
        if let target {
            if target.level == .container {
                // The new home takes no writes yet. A front door that cannot be told, or does not run, keeps nobody's
                // writes waiting: it is told again with the next change.
                try? await fleet.renewRoutes()
            }
            do {
                try await fleet.destroy(target, of: tenant.container(target.id))
            } catch let error as ProvisioningError
                where target.level == .database && [.connectionLost, .unknownOutcome].contains(error.code)
            {
                tell("leaving what there is at \(move.to) for move --sweep: \(error.message)")
            }
        }
        try await fleet.withHome(of: tenant) { here in
            let source = try await fleet.site(of: tenant, in: here)
            let publication = try ChangeStream.publication(of: move.id)
            try await source.client.withConnection { connection in
                _ = try await connection.query("drop publication if exists \(publication)")
            }
            try await control.change(name, "aborting the move of") { try await endTakingBack(source, $0) }
        }
    }

    /// The old home takes writes while the move is held: nobody begins another one before that.
    private func endTakingBack(_ source: MoveSite, _ connection: PostgresConnection) async throws {
        try await advance(from: .aborting, to: .aborted, connection)
        if tenant.homeID == nil {
            try await Fence.lower(source, connection)
        } else {
            try await source.openWrites(of: name)
        }
        _ = try await connection.run([
            "update polls_control.move set finished_at = now() where id = \(move.id)",
            // Only where it could not be removed there still is one.
            "update polls_control.home set state = 'kept', drop_after = now() where id = \(move.toHome)",
            """
            update polls_control.tenant set state = case state when 'moving' then 'active' else state end,
                writes_paused = false
            where id = \(tenant.id)
            """,
        ])
    }
}
