import Postgres
import Tenancy

extension MoveRun {
    /// Takes a move that has not switched back to its beginning: the unfinished home goes, and the old one takes writes.
    ///
    /// A database on a server that does not answer is left for a later sweep: it never led anybody, and the tenant's
    /// writers do not wait for it.
    /// - Throws: ``ProvisioningError`` with code `wrongState` when it has switched.
    func takeBack(because reason: String) async throws {
        let isOurs = try await control.change(name, "aborting the move of") { connection in
            try await connection.query(
                """
                update polls_control.move set step = 'aborting', error = \(reason)
                where id = \(move.id) and step not in ('switched', 'done', 'aborted')
                """
            ).affected == 1
        }
        guard isOurs else {
            let step = try await control.withConnection("reading the journal") { connection in
                try await connection.query("select step from polls_control.move where id = \(move.id)")
                    .decodeOptional(String.self)
            }
            guard step != "aborted" else { throw endedByAnother }
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
            try await openWrites(source)
        }
        try await control.change(name, "aborting the move of") { connection in
            _ = try await connection.run([
                "update polls_control.move set step = 'aborted', finished_at = now() where id = \(move.id)",
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

    /// Gives a home the right to write, and tells a container's own server so.
    func openWrites(_ site: MoveSite) async throws {
        try await site.provisioner.change(name, "opening the home of") { connection in
            _ = try await connection.run(
                Fence.lower(site) + [
                    """
                    update polls_control.tenant set state = case state when 'moving' then 'active' else state end,
                        writes_paused = false
                    where name = \(name.rawValue)
                    """
                ]
            )
        }
    }
}
