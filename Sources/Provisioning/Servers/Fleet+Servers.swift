import Postgres
import Tenancy

extension Fleet {
    /// Every server that was added, by name.
    public func servers() async throws -> [ServerRecord] {
        try await control.withConnection("listing the servers") { connection in
            try await connection.query(
                """
                select name, state, app_login, operator_url,
                    (select count(*) from polls_control.home where server_name = name and home.state = 'live'),
                    (select count(*) from polls_control.home where server_name = name and home.state = 'kept'),
                    (select count(*) from polls_control.home where server_name = name and home.state = 'making')
                from polls_control.server order by name
                """
            ).map { try ServerRecord($0) }
        }
    }

    /// - Throws: ``ProvisioningError`` with code `noSuchServer`.
    func server(_ name: String) async throws -> ServerRecord {
        guard let server = try await servers().first(where: { $0.name == name }) else {
            throw ProvisioningError(
                .noSuchServer,
                "there is no server \(name)",
                next: "See which there are with servers list, or add it with servers add."
            )
        }
        return server
    }

    /// A server that takes new databases; `nil` for the control database's own.
    func openServer(_ name: String?) async throws -> ServerRecord? {
        guard let name else { return nil }
        let server = try await server(name)
        guard server.state == .active else {
            throw ProvisioningError(
                .serverInUse,
                "the server \(name) is \(server.state.rawValue): it takes no new databases",
                next: server.state == .draining ? "Choose another server." : "Run servers add again."
            )
        }
        return server
    }

    /// Lets a server keep what it has, and take nothing new; or take new databases again. Doing it again changes nothing.
    public func drainServer(_ name: String, undo: Bool = false) async throws -> ServerRecord {
        let (from, to): (ServerRecord.State, ServerRecord.State) = undo ? (.draining, .active) : (.active, .draining)
        _ = try await server(name)
        try await control.withConnection("draining the server \(name)") { connection in
            _ = try await connection.query(
                """
                update polls_control.server set state = \(to.rawValue)
                where name = \(name) and state = \(from.rawValue)
                """
            )
        }
        let server = try await server(name)
        guard server.state == to else {
            throw ProvisioningError(
                .serverInUse,
                "the server \(name) is \(server.state.rawValue)",
                next: "Run servers add again."
            )
        }
        return server
    }

    /// Forgets a server that nothing is on, and drops the app's login there. It takes no new databases from the beginning:
    /// after a failure or a kill this can be run again, and `addServer(_:url:)` makes it whole.
    public func removeServer(_ name: String) async throws {
        try await withLock(onServer: name) { try await forget(name) }
    }

    /// Only for the holder of the server's lock.
    func forget(_ name: String) async throws {
        let server = try await server(name)
        let closed: ServerRecord.State = server.state == .lost ? .lost : .adding
        let isClosed = try await control.withConnection("removing the server \(name)") { connection in
            try await connection.query(
                """
                update polls_control.server set state = \(closed.rawValue)
                where name = \(name) and not exists (select from polls_control.home where server_name = \(name))
                """
            ).affected == 1
        }
        guard isClosed else { throw try await Self.inUse(self.server(name)) }
        if closed != .lost {
            let login = try Identifier(server.appLogin)
            try await withServer(server.operatorURL.text, "removing the server \(name)") { connection in
                _ = try await connection.query("drop role if exists \(login)")
            }
        }
        do {
            try await control.withConnection("removing the server \(name)") { connection in
                _ = try await connection.query("delete from polls_control.server where name = \(name)")
            }
        } catch let error as ProvisioningError where error.cause?.sqlState == .foreignKeyViolation {
            // Whoever began before it was closed is refused there, and clears its row away.
            throw try await Self.inUse(self.server(name))
        }
    }

    private static func inUse(_ server: ServerRecord) -> ProvisioningError {
        let counts = [
            (server.tenants, "tenants"), (server.kept, "kept copies"), (server.unfinished, "unfinished homes"),
        ].filter { $0.0 > 0 }
        let remedies = [
            (server.tenants, "Move its tenants away, or drop them."),
            (server.kept, "Old copies go when their time has come, or at once by move NAME --sweep."),
            (server.unfinished, "End what was not finished: move NAME --abort, or drop-schema NAME. See list."),
        ].filter { $0.0 > 0 }.map(\.1)
        let lost =
            server.state == .lost
            ? "Should it be back: servers add." : "If it will not come back: servers remove \(server.name) --lost."
        return ProvisioningError(
            .serverInUse,
            counts.map { "\($0) \($1)" }.joined(separator: " and ") + " are on the server \(server.name)",
            next: (remedies + [lost]).joined(separator: " ")
        )
    }

    /// Whether a server takes an operator's connection now.
    public func isAnswering(_ server: ServerRecord) async -> Bool {
        (try? await withServer(server.operatorURL.text, "") { _ = try await $0.query("select 1") }) != nil
    }

    /// Runs work on a server, as its operator.
    func withServer<R: Sendable>(
        _ url: String,
        _ doing: String,
        _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        var configuration = configuration
        configuration.connectionString = url
        do {
            return try await PostgresClient.withClient(configuration, logger: logger) { client in
                try await client.withConnection(body)
            }
        } catch let error as PostgresError where error.code == .connectionFailed || error.code == .invalidUse {
            throw ProvisioningError(
                .connectionLost,
                "\(doing): no connection to that PostgreSQL: \(error.words)",
                next: "Check that it runs, and its address and login.",
                cause: error
            )
        } catch let error as PostgresError {
            throw ProvisioningError.explain(error, doing: doing, changed: "Nothing was changed")
        }
    }
}
