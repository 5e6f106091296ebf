import FoundationEssentials
import Postgres
import Tenancy

extension Fleet {
    /// Takes a PostgreSQL server into the fleet: checks it, and makes the app's login there, with a password of its own.
    /// After a failure or a kill it can be run again, and goes on.
    /// - Parameter url: how an operator connects, as a login that may make databases and roles.
    public func addServer(_ name: String, url: String) async throws -> ServerRecord {
        guard TenantName.isWellFormed(name) else {
            throw ProvisioningError(
                .badServer,
                "\(name.debugDescription) is no server's name",
                next: "Use 1 to 40 of a–z, 0–9 and single hyphens, with a letter first."
            )
        }
        return try await withLock(onServer: name) { try await takeIn(name, url: url) }
    }

    private func takeIn(_ name: String, url: String) async throws -> ServerRecord {
        try await withServer(url, "adding the server \(name)") { try await Self.check($0, name) }
        let login = try await claim(name, url: url)
        let password = RandomText.base64URL(bytes: 24)
        let verifier = ScramVerifier(password: password).text
        let role = try Identifier(login)
        try await withServer(url, "adding the server \(name)") { connection in
            let isThere = try await connection.query("select from pg_roles where rolname = \(login)").count == 1
            _ = try await connection.run([
                isThere ? "alter role \(role) login noinherit" : "create role \(role) login noinherit",
                "alter role \(role) password \(literal: verifier)", AppLogin.letOperatorEndSessions(of: login),
            ])
        }
        var app = try ConnectionString(url).with("user", login).with("password", password)
        // Those are the operator's own.
        for keyword in ["passfile", "sslcert", "sslkey", "sslpassword", "service", "options"] { app[keyword] = nil }
        try await tryOut(app, name)
        try await control.withConnection("adding the server \(name)") { connection in
            _ = try await connection.query(
                """
                update polls_control.server set app_url = \(app.text), operator_url = \(url), state = 'active'
                where name = \(name)
                """
            )
        }
        return try await server(name)
    }

    private static func check(_ connection: PostgresConnection, _ name: String) async throws {
        let (version, isReplica, mayMake) = try await connection.query(
            """
            select current_setting('server_version_num')::int4, pg_is_in_recovery(),
                rolsuper or (rolcreatedb and rolcreaterole)
            from pg_roles where rolname = current_user
            """
        ).decodeOne(Int32.self, Bool.self, Bool.self)
        let problem: (String, String)? =
            if version < 140_000 {
                ("has PostgreSQL \(version / 10_000)", "Use PostgreSQL 14 or newer.")
            } else if isReplica {
                ("is a standby", "Give its primary.")
            } else if !mayMake {
                (
                    "gives this login no right to make databases and roles",
                    "Use a superuser, or CREATEDB with CREATEROLE."
                )
            } else { nil }
        if let (what, remedy) = problem {
            throw ProvisioningError(.badServer, "the server \(name) \(what)", next: remedy)
        }
    }

    /// Writes the name down, so that what is made there is known, whatever happens.
    /// - Returns: the name of the app's login there.
    private func claim(_ name: String, url: String) async throws -> String {
        let suffix = UUID().uuidString.lowercased().prefix(8)
        let login = "\(control.registry.appLogin.prefix(50))_\(suffix)"
        let claimed = try await control.withConnection("adding the server \(name)") { connection in
            try await connection.query(
                """
                insert into polls_control.server (name, operator_url, app_login, app_url)
                values (\(name), \(url), \(login), '')
                on conflict (name) do update set operator_url = excluded.operator_url where server.state in ('adding', 'lost')
                returning app_login
                """
            ).decodeOptional(String.self)
        }
        guard let claimed else {
            throw ProvisioningError(
                .serverExists,
                "the server \(name) exists",
                next: "Look at it with servers list, or choose another name."
            )
        }
        return claimed
    }

    /// Connects as the app will. That it may not enter the operator's own database is no fault.
    private func tryOut(_ app: ConnectionString, _ name: String) async throws {
        do {
            _ = try await withServer(app.text, "adding the server \(name)") { try await $0.query("select 1").count }
        } catch let error as ProvisioningError where error.cause?.sqlState == .insufficientPrivilege {
            return
        } catch let error as ProvisioningError {
            throw ProvisioningError(
                .badServer,
                "the server \(name) does not let the app's login in: \(error.cause?.words ?? error.message)",
                next: "Let it connect with a password (pg_hba.conf), and run servers add again.",
                cause: error.cause
            )
        }
    }
}
