import Postgres

/// What the server asks of its own login before it serves: that it can do no more than enter tenants.
public struct LoginCheck: Sendable {
    /// The registry's version that the program was built for.
    public let registryVersion: Int32
    /// The command that makes the registry and the login, as people type it.
    public let installer: String
    /// What to do where registry and login are made by themselves, with the first tenant; `nil`: the installer makes them.
    public let beginning: String?

    public init(registryVersion: Int32, installer: String, beginning: String? = nil) {
        self.registryVersion = registryVersion
        self.installer = installer
        self.beginning = beginning
    }

    /// Why a login is refused, and the remedy.
    public struct Refusal: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// What it may become by SET ROLE counts as its own.
    /// - Throws: ``Refusal`` when the login is a superuser, or may make schemas or roles, or when there is no registry;
    ///   ``PostgresError`` when the database cannot be asked.
    public func check(_ client: PostgresClient) async throws {
        let (login, isSuperuser, makesRoles, makesSchemas) = try await Self.read(
            client,
            """
            with recursive mine (role) as (
                select oid from pg_catalog.pg_roles where rolname = session_user
                union
                select roleid from pg_catalog.pg_auth_members join mine on member = role
            )
            select session_user::text, bool_or(rolsuper), bool_or(rolcreaterole),
                bool_or(has_database_privilege(role, current_database(), 'CREATE'))
            from mine join pg_catalog.pg_roles on oid = role
            """
        ).decodeOne(String.self, Bool.self, Bool.self, Bool.self)
        let power: String? =
            switch (isSuperuser, makesRoles, makesSchemas) {
            case (true, _, _): "is a superuser, or may become one"
            case (_, true, _): "may create roles"
            case (_, _, true): "may create schemas"
            default: nil
            }
        if let power {
            throw Refusal(
                description: "the login \"\(login)\" \(power): a server with such a login could reach every tenant at "
                    + "once; run `\(installer)`, and give the server the URL of the login that it makes"
            )
        }
        try await checkRegistry(client)
    }

    /// What to do about a login or a database that PostgreSQL does not know; `nil`: nothing but to wait.
    public func advice(after error: PostgresError) -> String? {
        switch error.sqlState {
        case "28000", "28P01", "3D000":
            beginning
                ?? "if that does not pass: run `\(installer)`, and give the server the URL of the login that it makes"
        default: nil
        }
    }

    /// Only reads: without an answer, nothing can have been done.
    private static func read(
        _ client: PostgresClient,
        _ statement: SQL,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws -> Rows {
        try await client.run(Segment(statements: [statement], isReadOnly: true, deadline: deadline))[0]
    }

    private static func isMissing(_ error: PostgresError) -> Bool {
        let states: [SQLState?] = [.undefinedTable, .invalidSchemaName, .insufficientPrivilege]
        return error.code == .server && states.contains(error.sqlState)
    }

    /// - Throws: ``Refusal`` when the registry is missing or older than this program; ``PostgresError`` when the database
    ///   cannot be asked.
    public func checkRegistry(_ client: PostgresClient, until deadline: ContinuousClock.Instant? = nil) async throws {
        let found: Int32
        do {
            found = try await Self.read(
                client,
                "select coalesce(max(version), 0)::int4 from polls_control.control_migration",
                until: deadline
            ).decodeOne(Int32.self)
        } catch let error as PostgresError where Self.isMissing(error) {
            throw Refusal(
                description: "this database has no registry that the login may read; "
                    + (beginning ?? "run `\(installer)`")
            )
        }
        guard found >= registryVersion else {
            throw Refusal(
                description:
                    "the registry is at version \(found), and this program needs \(registryVersion); run `\(installer)`"
            )
        }
    }
}
