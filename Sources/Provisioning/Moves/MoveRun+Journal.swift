import Postgres

/// The tenant's lock keeps others away, but it goes with its connection, and its holder may go on without it. So the
/// journal decides: a step is only ever taken from the one before it, and whoever finds another one there has lost the
/// move to another hand, and changes nothing more.
extension MoveRun {
    /// Goes on to a step, in the open transaction of the control registry.
    /// - Throws: ``endedByAnother``.
    func advance(
        from old: MoveRecord.Step...,
        to step: MoveRecord.Step,
        _ connection: PostgresConnection
    ) async throws {
        let isOurs =
            try await connection.query(
                """
                update polls_control.move set step = \(step.rawValue)
                where id = \(move.id) and step = any (\(old.map(\.rawValue)))
                """
            ).affected == 1
        guard isOurs else { throw endedByAnother }
    }

    /// Holds the move at a step until the transaction ends: nobody else takes it on or back meanwhile.
    /// - Throws: ``endedByAnother``.
    func hold(at step: MoveRecord.Step, _ connection: PostgresConnection) async throws {
        let isOurs = try await !connection.query(
            "select from polls_control.move where id = \(move.id) and step = \(step.rawValue) for update"
        ).isEmpty
        guard isOurs else { throw endedByAnother }
    }

    /// Connects as often as the pause needs at once: a connection that is made within it makes it longer.
    func makeReady() async throws {
        try await control.withConnection("moving \(name)") { _ in
            try await control.withConnection("moving \(name)") { _ in }
        }
    }

    /// Changes who may write in a home, while the move is held at a step: come too late, the change would meet another
    /// move's pause.
    func whileAt<R>(_ step: MoveRecord.Step, _ body: () async throws -> R) async throws -> R {
        try await control.change(name, "moving") { connection in
            // This transaction itself changes nothing: nobody has to wait for it.
            _ = try await connection.query("set local synchronous_commit = off")
            try await hold(at: step, connection)
            return try await body()
        }
    }
}
