import Postgres
import Tenancy

extension Fleet {
    /// What became of a server that will not come back.
    public struct LostServer: Sendable {
        /// Kept copies that were on it, and are forgotten.
        public let forgotten: Int64
        /// Tenants that are still written down there, by name. None: the server is removed.
        public let tenants: [String]
    }

    /// Gives up a server that will not come back: its kept copies are forgotten, and its tenants can be dropped without
    /// it. With nothing left on it, it is removed. `addServer(_:url:)` takes it back; what was forgotten stays there.
    /// - Throws: ``ProvisioningError`` with code `serverInUse` when it answers.
    public func loseServer(_ name: String) async throws -> LostServer {
        try await withLock(onServer: name) { try await giveUp(name) }
    }

    private func giveUp(_ name: String) async throws -> LostServer {
        guard await !isAnswering(try await server(name)) else {
            throw ProvisioningError(
                .serverInUse,
                "the server \(name) is not lost: it answers",
                next: "Move its tenants away, and remove it without --lost."
            )
        }
        let (forgotten, tenants) = try await control.withConnection("giving up the server \(name)") { connection in
            let answers = try await connection.run([
                "update polls_control.server set state = 'lost' where name = \(name)",
                """
                delete from polls_control.home
                where server_name = \(name) and home.state = 'kept' and not exists (
                    select from polls_control.move where move.tenant_id = home.tenant_id and finished_at is null)
                """,
                """
                select distinct tenant.name from polls_control.home join polls_control.tenant on tenant.id = tenant_id
                where server_name = \(name) order by 1
                """,
            ])
            return (Int64(answers[1].affected), try answers[2].decode(String.self))
        }
        if tenants.isEmpty { try await forget(name) }
        return LostServer(forgotten: forgotten, tenants: tenants)
    }
}
