import Postgres
import Tenancy

/// What an operator's session needs to be inside of a tenant.
public struct TenantEntry: Sendable {
    /// The value of `search_path`: the tenant's schema, quoted, and `pg_temp`.
    public let searchPath: String
    /// The role that owns the tenant's rights: its own, or the app's login.
    public let role: String
}

extension Provisioner {
    /// How to enter a tenant.
    /// - Throws: ``ProvisioningError`` with code `noSuchTenant` or `schemaMissing`.
    public func entry(_ name: TenantName) async throws -> TenantEntry {
        try await withConnection("reading \(name)") { try await entry(name, $0) }
    }

    /// Runs an operator's statements as the tenant, in one transaction.
    ///
    /// What would take them out of the tenant or the transaction is refused before anything runs. Should a statement do
    /// so all the same, by whatever trick, it is the last: each is sent alone, so that PostgreSQL takes no second one
    /// with it; the tenant is entered anew before each, and before the end; and that must still be the same transaction.
    /// - Returns: the rows of each statement, their values as text.
    /// - Throws: ``ProvisioningError`` with code `statementRefused` for statements that control transactions or roles.
    public func run(_ statements: String, in name: TenantName) async throws -> [Rows] {
        let script = SQLScript(statements)
        try script.check()
        return try await change(name, "running the statement in") { connection in
            // Neither it nor its schema gets another name meanwhile.
            _ = try await connection.query(
                "select from polls_control.tenant where name = \(name.rawValue) for key share"
            )
            let entry = try await entry(name, connection)
            let began = try await connection.query("select transaction_timestamp()").decodeOne(Timestamp.self)
            func enter(after statement: SQLScript.Statement?) async throws {
                let answers = try await connection.run([
                    // A tenant may not use set_config.
                    "set local role none",
                    """
                    select set_config('search_path', \(entry.searchPath), true),
                        set_config('role', \(entry.role), true), transaction_timestamp() = \(began)
                    """,
                ])
                let (_, _, isSame) = try answers[1].decodeOne(String.self, String.self, Bool.self)
                guard isSame else { throw ProvisioningError.leftTransaction(statement, of: name) }
            }
            var answers: [Rows] = []
            try await enter(after: nil)
            for statement in script.statements {
                answers.append(try await execute(statement, as: name, connection))
                // For the next one, or for what is deferred until the end.
                try await enter(after: statement)
            }
            return answers
        }
    }

    private func execute(
        _ statement: SQLScript.Statement,
        as name: TenantName,
        _ connection: PostgresConnection
    ) async throws -> Rows {
        do {
            return try await connection.execute(statement: "\(unsafeRaw: statement.text)")
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            throw ProvisioningError(
                .notPermitted,
                "the tenant \(name) may not: \(error.words). Nothing was changed",
                next: "Statements run with the tenant's own rights: on the rows of its own tables.",
                cause: error
            )
        } catch let error as PostgresError where error.code == .invalidUse {
            throw ProvisioningError(
                .notPermitted,
                "\(error.message). Nothing was changed",
                next: "Use psql, and its \\copy.",
                cause: error
            )
        }
    }

    private func entry(_ name: TenantName, _ connection: PostgresConnection) async throws -> TenantEntry {
        let rows = try await connection.query(
            """
            select role_name, (select nspname::text from pg_catalog.pg_namespace where oid = schema_oid),
                -- From PostgreSQL 16 on, who makes a role may manage it, and not yet act as it.
                coalesce((select pg_has_role(pg_roles.oid,
                        case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end)
                    from pg_roles
                    where rolname = coalesce(role_name, \(registry.appLogin))), false),
                state
            from polls_control.tenant where name = \(name.rawValue)
            """
        )
        guard
            let (role, schema, isMember, state) = try rows.decodeOptional(
                String?.self,
                String?.self,
                Bool.self,
                String.self
            )
        else { throw ProvisioningError.noSuchTenant(name) }
        guard let schema else {
            throw state == "creating" || state == "dropping"
                ? ProvisioningError.unfinished(name, state) : ProvisioningError.schemaMissing(of: name)
        }
        let own = try Identifier(role ?? registry.appLogin)
        if !isMember { try await join(own, connection) }
        return TenantEntry(searchPath: try Identifier(schema).quoted + ", pg_temp", role: own.name)
    }
}

extension Provisioner {
    /// Makes the operator's login, which is no superuser, a member of a role, so that it may act as it.
    private func join(_ role: Identifier, _ connection: PostgresConnection) async throws {
        do {
            _ = try await connection.query("grant \(role) to current_user")
        } catch let error as PostgresError where error.code == .server {
            throw ProvisioningError(
                .notPermitted,
                "the operator's login may not act as \(role): \(error.words)",
                next: "Use a superuser, or have one run: grant \(role.quoted) to the operator's login.",
                cause: error
            )
        }
    }
}

extension SQLScript {
    /// - Throws: ``ProvisioningError`` with code `statementRefused`, naming the statement.
    fileprivate func check() throws(ProvisioningError) {
        for statement in statements {
            let why =
                statement.controlsTransaction
                ? "the statements are one transaction"
                : statement.changesRole ? "the statements run as the tenant" : nil
            guard let why else { continue }
            throw ProvisioningError(
                .statementRefused,
                "line \(statement.line): \(statement.name) has no place here: \(why). Nothing was run",
                next: "Leave it out: all is committed at the end, or nothing when a statement fails."
            )
        }
    }
}

extension ProvisioningError {
    fileprivate static func leftTransaction(_ statement: SQLScript.Statement?, of name: TenantName) -> Self {
        ProvisioningError(
            .statementRefused,
            "line \(statement?.line ?? 1): \(statement?.name ?? "the script") ended the transaction in \(name): "
                + "what was before it may be committed, and nothing after it was run",
            next: "Look at what is there, and leave that statement out."
        )
    }
}
