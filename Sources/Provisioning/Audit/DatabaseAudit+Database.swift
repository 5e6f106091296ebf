import Postgres

/// What everybody may do in the database, and what the app's login may.
extension DatabaseAudit {
    /// The rights that `init` takes from everybody. Where its login could take no more, it has said so.
    func safeguardFindings() async throws -> [Finding] {
        let safeguards = Safeguard.all(
            database: facts.database,
            app: try Identifier(provisioner.registry.appLogin),
            operator: facts.owner
        )
        guard facts.app != nil else { return [] }
        var findings: [Finding] = []
        for safeguard in safeguards {
            guard let warning = try await safeguard.warning(connection) else { continue }
            findings.append(
                Finding(
                    .safeguardMissing,
                    safeguard.needsSuperuser && !facts.ownerIsSuperuser ? .notice : .warning,
                    at: "database \"\(facts.database.name)\"",
                    warning.what,
                    next: "As a superuser, or the database's owner, run: \(warning.remedy)"
                )
            )
        }
        return findings
    }

    /// The app's login owns nothing, and may do nothing but enter tenants.
    func loginFindings() async throws -> [Finding] {
        let login = provisioner.registry.appLogin
        func finding(_ message: String, next: String) -> Finding {
            Finding(.appLogin, at: "login \"\(login)\"", message, next: next)
        }
        guard let app = facts.app else {
            return [finding("the app's login is gone: no server can connect", next: "Run polls-admin init.")]
        }
        let (powers, parents, owned) = try await connection.query(
            """
            select array_remove(array[
                    case when not rolcanlogin then 'no login' end, case when rolinherit then 'inherit' end,
                    case when rolsuper then 'superuser' end, case when rolcreatedb then 'createdb' end,
                    case when rolcreaterole then 'createrole' end, case when rolreplication then 'replication' end,
                    case when rolbypassrls then 'bypassrls' end,
                    case when has_database_privilege(oid, current_database(), 'create') then 'create on the database' end
                ], null),
                array(select parent.rolname::text
                    from pg_catalog.pg_auth_members join pg_catalog.pg_roles parent on parent.oid = roleid
                    where member = pg_roles.oid and (parent.rolsuper or parent.rolcreaterole or parent.rolcreatedb
                            or parent.rolname = \(facts.owner.name))
                        -- What a tenant's role must not have is that role's finding.
                        and parent.rolname !~ '^tenant_.+_[0-9a-f]{8}$' order by 1),
                (select count(*) from pg_catalog.pg_shdepend
                    where refclassid = 'pg_catalog.pg_authid'::regclass and refobjid = pg_roles.oid and deptype = 'o'
                        and dbid = (select oid from pg_catalog.pg_database where datname = current_database()))
            from pg_catalog.pg_roles where oid = \(app)
            """
        ).decodeOne([String].self, [String].self, Int64.self)
        let name = Self.quoted(login)
        var findings: [Finding] = []
        if !powers.isEmpty {
            findings.append(
                finding(
                    "the app's login may do nothing but enter tenants, and this one has \(powers.joined(separator: ", "))",
                    next: "As a superuser, run: alter role \(name) login noinherit nosuperuser nocreatedb nocreaterole "
                        + "noreplication nobypassrls; revoke create on database \(facts.database.quoted) from \(name);"
                )
            )
        }
        for parent in parents {
            findings.append(
                finding(
                    "it is a member of \(parent), and could act as it",
                    next: "Run: revoke \(Self.quoted(parent)) from \(name);"
                )
            )
        }
        if owned > 0 {
            findings.append(
                finding(
                    "it owns \(owned) things in this database, and may do with them what it likes",
                    next: "Give them to the registry's owner: reassign owned by \(name) to \(facts.owner.quoted);"
                )
            )
        }
        return findings
    }

    /// What lies in the schema public, and who may read the registry.
    func databaseFindings() async throws -> [Finding] {
        let answers = try await connection.run([
            """
            select relname::text from pg_catalog.pg_class
            where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and relnamespace = (
                    select oid from pg_catalog.pg_namespace where nspname = 'public')
                and not exists (select from pg_catalog.pg_depend
                    where classid = 'pg_catalog.pg_class'::regclass and objid = pg_class.oid and deptype in ('e', 'a', 'i'))
            order by 1
            """,
            """
            with object (name, owner, acl) as (
                select 'schema ' || nspname, nspowner, nspacl from pg_catalog.pg_namespace
                where nspname = 'polls_control'
                union all
                select 'table ' || relname, relowner, relacl from pg_catalog.pg_class
                where relkind in ('r', 'S') and relnamespace = (
                    select oid from pg_catalog.pg_namespace where nspname = 'polls_control')
            )
            select coalesce(rolname::text, 'public'), array_agg(name || ': ' || lower(privilege_type) order by name)
            from object cross join lateral aclexplode(acl) left join pg_catalog.pg_roles on pg_roles.oid = grantee
            where grantee <> owner and (grantee = 0 or rolname ~ '^tenant_.+_[0-9a-f]{8}$'
                or rolname = \(provisioner.registry.appLogin) and privilege_type not in ('SELECT', 'USAGE'))
            group by 1 order by 1
            """,
            """
            select coalesce(grantee.rolname::text, 'public'), owner.rolname::text, nspname::text
            from pg_catalog.pg_default_acl cross join lateral aclexplode(defaclacl) as entry
            join pg_catalog.pg_roles owner on owner.oid = defaclrole
            left join pg_catalog.pg_roles grantee on grantee.oid = entry.grantee
            left join pg_catalog.pg_namespace on pg_namespace.oid = defaclnamespace
            where defaclobjtype in ('r', 'S', 'n') and entry.grantee <> defaclrole
                and (entry.grantee = 0 or grantee.rolname = \(provisioner.registry.appLogin)
                    or grantee.rolname ~ '^tenant_.+_[0-9a-f]{8}$')
            group by 1, 2, 3 order by 1, 2, 3
            """,
        ])
        var findings: [Finding] = []
        let tables = try answers[0].decode(String.self)
        if !tables.isEmpty {
            findings.append(
                Finding(
                    .publicTables,
                    .warning,
                    at: "schema \"public\"",
                    "no tenant's tables are in it, and it holds \(Finding.summary(tables))",
                    next: "Move them to a database of their own; what a migration made there belongs to no tenant.",
                    details: tables
                )
            )
        }
        for (name, rights) in try answers[1].decode(String.self, [String].self) {
            let grantee = name == "public" ? name : Self.quoted(name)
            findings.append(
                Finding(
                    .rightLeaked,
                    at: "schema \"polls_control\"",
                    "\(grantee) has rights in the registry: \(Finding.summary(rights))",
                    next: "Run: revoke all on all tables in schema polls_control from \(grantee); revoke all on schema "
                        + "polls_control from \(grantee); and then polls-admin init.",
                    details: rights
                )
            )
        }
        for (name, owner, schema) in try answers[2].decode(String.self, String.self, String?.self) {
            let grantee = name == "public" ? name : Self.quoted(name)
            let place = schema.map { " in schema \(Self.quoted($0))" } ?? ""
            findings.append(
                Finding(
                    .defaultPrivileges,
                    at: "default privileges of \(owner)",
                    "whatever \(owner) makes\(place) is granted to \(grantee)",
                    next:
                        "Run: alter default privileges for role \(Self.quoted(owner))\(place) revoke all on tables from "
                        + "\(grantee); and the same for sequences\(schema == nil ? " and schemas" : "")."
                )
            )
        }
        return findings
    }
}
