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
                    (select count(*) from polls_control.home where server_name = name and home.state <> 'live')
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

    /// Lets a server keep what it has, and take nothing new. Doing it again changes nothing.
    public func drainServer(_ name: String) async throws -> ServerRecord {
        _ = try await server(name)
        try await control.withConnection("draining the server \(name)") { connection in
            _ = try await connection.query(
                "update polls_control.server set state = 'draining' where name = \(name) and state = 'active'"
            )
        }
        return try await server(name)
    }

    /// Forgets a server that nothing is on, and drops the app's login there. It takes no new databases from the beginning:
    /// after a failure or a kill this can be run again, and `addServer(_:url:)` makes it whole.
    public func removeServer(_ name: String) async throws {
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
        ProvisioningError(
            .serverInUse,
            "\(server.tenants) tenants and \(server.kept) kept copies are on the server \(server.name)",
            next: server.state == .lost
                ? "Drop those tenants; or, if it is back, run servers add again."
                : "Move the tenants away, and sweep the copies when their time has come: move --sweep. Of a server that "
                    + "will not come back: servers remove \(server.name) --lost."
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
