import Postgres

/// What the server asks of its own login before it serves: that it can do no more than enter tenants.
public struct LoginCheck: Sendable {
    /// The registry's version that the program was built for.
    public let registryVersion: Int32
    /// The command that makes the registry and the login, as people type it.
    public let installer: String

    public init(registryVersion: Int32, installer: String) {
        self.registryVersion = registryVersion
        self.installer = installer
    }

    /// Why a login is refused, and the remedy.
    public struct Refusal: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// - Throws: ``Refusal`` when the login is a superuser, or may make schemas or roles, or when there is no registry;
    ///   ``PostgresError`` when the database cannot be asked.
    public func check(_ client: PostgresClient) async throws {
        let (login, isSuperuser, makesRoles, makesSchemas) = try await client.query(
            """
            select session_user::text, r.rolsuper, r.rolcreaterole,
              has_database_privilege(r.oid, current_database(), 'CREATE')
            from pg_catalog.pg_roles r where r.rolname = session_user
            """
        ).decodeOne(String.self, Bool.self, Bool.self, Bool.self)
        let power: String? =
            if isSuperuser { "is a superuser" } else if makesRoles { "may create roles" } else if makesSchemas {
                "may create schemas"
            } else { nil }
        if let power {
            throw Refusal(
                description: "the login \"\(login)\" \(power): a server with such a login could reach every tenant at "
                    + "once; run `\(installer)`, and give the server the URL of the login that it makes"
            )
        }
        try await checkRegistry(client)
    }

    /// - Throws: ``Refusal`` when the registry is missing or older than this program.
    public func checkRegistry(_ client: PostgresClient) async throws {
        let found: Int32
        do {
            found = try await client.query(
                "select coalesce(max(version), 0)::int4 from polls_control.control_migration"
            )
            .decodeOne(Int32.self)
        } catch let error as PostgresError where error.code == .server {
            throw Refusal(description: "this database has no registry that the login may read; run `\(installer)`")
        }
        guard found >= registryVersion else {
            throw Refusal(
                description:
                    "the registry is at version \(found), and this program needs \(registryVersion); run `\(installer)`"
            )
        }
    }
}
