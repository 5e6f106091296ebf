import Postgres

/// A right that PostgreSQL gives to everybody, and that nobody here needs.
///
/// Hostile SQL that runs as a tenant is what these are for: they keep it inside of its schema.
struct Safeguard {
    let what: String
    let statements: [SQL]
    /// Selects one boolean: whether the safeguard is up.
    let check: SQL
    /// Whether the database's owner may not put it up.
    var needsSuperuser = false

    /// Those of a database.
    /// - Parameters:
    ///   - database: the one connected to.
    ///   - app: the app's login, which must still be able to enter a tenant.
    ///   - operator: the login that makes tenants.
    static func all(database: Identifier, app: Identifier, operator: Identifier) -> [Safeguard] {
        [
            Safeguard(
                what: "everybody may create tables in the schema public",
                statements: ["revoke create on schema public from public"],
                check: """
                    select not exists (
                        select from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) as entry
                        where nspname = 'public' and entry.grantee = 0 and entry.privilege_type = 'CREATE')
                    """
            ),
            Safeguard(
                what: "everybody may create schemas and temporary tables in the database",
                statements: ["revoke create, temporary on database \(database) from public"],
                check: """
                    select not exists (
                        select from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) as entry
                        where datname = current_database() and entry.grantee = 0
                            and entry.privilege_type in ('CREATE', 'TEMPORARY'))
                    """
            ),
            // Inside of one statement, set_config is the only way to another role or search path.
            Safeguard(
                what: "a tenant's SQL may switch to another role with set_config",
                statements: [
                    "grant execute on function pg_catalog.set_config(text, text, boolean) to \(app), \(`operator`)",
                    "revoke execute on function pg_catalog.set_config(text, text, boolean) from public",
                ],
                check: """
                    select not exists (
                        select from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) as entry
                        where pg_proc.oid = 'pg_catalog.set_config(text, text, boolean)'::regprocedure
                            and entry.grantee = 0)
                        and has_function_privilege(\(app.name)::name,
                            'pg_catalog.set_config(text, text, boolean)', 'execute')
                    """,
                needsSuperuser: true
            ),
            // A DO block could SET what it likes. Trigger functions need no such right to run.
            Safeguard(
                what: "a tenant's SQL may run DO blocks",
                statements: [
                    "grant usage on language plpgsql to \(`operator`)",
                    "revoke usage on language plpgsql from public",
                ],
                check: """
                    select not exists (
                        select from pg_language, aclexplode(coalesce(lanacl, acldefault('l', lanowner))) as entry
                        where lanname = 'plpgsql' and entry.grantee = 0)
                    """,
                needsSuperuser: true
            ),
        ]
    }

    /// Puts it up inside of the open transaction, which goes on when the operator has no right to.
    func apply(_ connection: PostgresConnection) async throws {
        do {
            _ = try await connection.run(["savepoint safeguard"] + statements + ["release savepoint safeguard"])
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            _ = try await connection.run(["rollback to savepoint safeguard", "release savepoint safeguard"])
        }
    }

    /// What is missing, if anything is.
    func warning(_ connection: PostgresConnection) async throws -> InstalledRegistry.Warning? {
        if try await connection.query(check).decodeOne(Bool.self) { return nil }
        return .init(what: what, remedy: statements.map { $0.text + ";" }.joined(separator: " "))
    }
}
