import Postgres

/// What the server asks of its own login before it serves: that it can do no more than enter tenants.
public struct LoginCheck: Sendable {
    /// Why a login is refused, and the remedy.
    public struct Refusal: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// - Throws: ``Refusal`` when the login is a superuser, or may make schemas or roles, or when there is no registry;
    ///   ``PostgresError`` when the database cannot be asked.
    public static func check(_ client: PostgresClient, registryVersion: Int32) async throws {
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
                    + "once; run `polls-admin init`, and give the server the URL of the login that it makes"
            )
        }
        try await checkRegistry(client, version: registryVersion)
    }

    /// - Throws: ``Refusal`` when the registry is missing or older than this program.
    public static func checkRegistry(_ client: PostgresClient, version: Int32) async throws {
        let found: Int32
        do {
            found = try await client.query(
                "select coalesce(max(version), 0)::int4 from polls_control.control_migration"
            )
            .decodeOne(Int32.self)
        } catch let error as PostgresError where error.code == .server {
            throw Refusal(description: "this database has no registry that the login may read; run `polls-admin init`")
        }
        guard found >= version else {
            throw Refusal(
                description:
                    "the registry is at version \(found), and this program needs \(version); run `polls-admin init`"
            )
        }
    }
}
