import Postgres

/// The login that the app connects as: it owns nothing, and enters tenants by their roles.
struct AppLogin {
    let name: String
    let database: Identifier

    /// Makes it or puts it right, and gives it what the app reads in the registry.
    /// - Returns: the password that was made up for a new login.
    func ensure(
        _ connection: PostgresConnection,
        password: String?,
        by facts: RegistryInstaller.Facts
    ) async throws -> String? {
        let login = try Identifier(name)
        guard login != facts.operator else {
            throw ProvisioningError(
                .badAppLogin,
                "\(name) is the operator's own login",
                next: "Connect as another login: the app's must not be able to make schemas."
            )
        }
        if let password { try Self.check(password) }
        let found = try await connection.query(
            """
            select rolsuper, rolcanlogin and not rolinherit and not rolcreatedb and not rolcreaterole
            from pg_roles where rolname = \(name)
            """
        ).decodeOptional(Bool.self, Bool.self)
        let isSuperuser = found?.0
        if isSuperuser == true, !facts.isSuperuser {
            throw ProvisioningError(
                .badAppLogin,
                "\(name) is a superuser, which the app's login must not be",
                next: "As a superuser, run: alter role \(login.quoted) nosuperuser;"
            )
        }
        var statements: [SQL] = []
        var generated: String?
        if isSuperuser == nil {
            if password == nil { generated = RandomText.base64URL(bytes: 24) }
            statements.append("create role \(login) login noinherit")
        } else if found?.1 != true {
            // Only then: the login is the whole server's, and other databases' registries may be at it as well.
            statements.append("alter role \(login) login noinherit nocreatedb nocreaterole")
        }
        if isSuperuser == true { statements.append("alter role \(login) nosuperuser") }
        if let secret = password ?? generated {
            let verifier = ScramVerifier(password: secret).text
            statements.append("alter role \(login) password \(literal: verifier)")
        }
        statements += [
            Self.letOperatorEndSessions(of: name),
            "alter role \(login) in database \(database) set search_path = ''",
            "grant connect on database \(database) to \(login)",
            "grant usage on schema polls_control to \(login)",
            """
            grant select on polls_control.tenant, polls_control.tenant_domain, polls_control.setting,
                polls_control.control_migration, polls_control.home to \(login)
            """,
            "grant select (name, app_login, app_url, state) on polls_control.server to \(login)",
        ]
        _ = try await connection.run(statements)
        return generated
    }

    /// An operator who is no superuser has to be a member of the login, to drop a database that it is connected to.
    static func letOperatorEndSessions(of login: String) -> SQL {
        """
        do $$
        begin
            if not (select rolsuper or pg_has_role(\(literal: login), 'usage') from pg_roles where rolname = current_user) then
                execute format('grant %I to current_user', \(literal: login));
            end if;
        exception when insufficient_privilege then null;
        end $$
        """
    }

    private static func check(_ password: String) throws(ProvisioningError) {
        // Beyond ASCII, client and server would each have to normalise it alike (RFC 4013).
        guard !password.isEmpty, password.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw ProvisioningError(
                .badAppLogin,
                "the app's password must be printable ASCII characters without spaces",
                next: "Choose another, as by: openssl rand -hex 24"
            )
        }
    }
}
