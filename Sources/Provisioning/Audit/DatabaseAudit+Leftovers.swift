import Postgres
import Tenancy

/// What looks like a tenant's, and is nobody's.
extension DatabaseAudit {
    func leftoverFindings() async throws -> [Finding] {
        try await leftoverSchemas() + leftoverRoles()
    }

    /// Schemas with a tenant's name that are empty, or have a table that tenants have. What is made of other things is
    /// somebody's own.
    private func leftoverSchemas() async throws -> [Finding] {
        let tables = Set(references.values.flatMap(\.definition.tables)).sorted()
        let names = try await connection.query(
            """
            with unknown as materialized (
                select oid, nspname from pg_catalog.pg_namespace
                where not exists (
                        select from polls_control.tenant where schema_oid = pg_namespace.oid and home_id is null)
                    and not exists (
                        select from polls_control.home where schema_oid = pg_namespace.oid and level = 'schema')
            )
            select nspname::text from unknown
            where nspname ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?(~[0-9]+)?$' and nspname !~ '--'
                and nspname <> 'public'
                -- One that has a missing tenant's name is that tenant's finding.
                and not exists (select from polls_control.tenant where schema_name = nspname and home_id is null)
                and not exists (select from pg_catalog.pg_depend
                    where classid = 'pg_catalog.pg_namespace'::regclass and objid = unknown.oid and deptype = 'e')
                and (exists (select from pg_catalog.pg_class
                        where relnamespace = unknown.oid and relname = any (\(tables)))
                    or not exists (select from pg_catalog.pg_class where relnamespace = unknown.oid)
                        and not exists (select from pg_catalog.pg_proc where pronamespace = unknown.oid))
            order by 1
            """
        ).decode(String.self)
        return names.map { name in
            Finding(
                .schemaLeftover,
                .warning,
                at: "schema \"\(name)\"",
                "it looks like a tenant's, and no tenant and no home of the registry has it",
                next: "See what is in it. If nobody misses it, run: drop schema \(Self.quoted(name)) cascade;"
            )
        }
    }

    /// Roles are a whole server's. Only those are this registry's that its app may enter, or that have rights in this
    /// database; and not those that have some in another.
    private func leftoverRoles() async throws -> [Finding] {
        let names = try await connection.query(
            """
            select rolname::text from pg_catalog.pg_roles
            where rolname ~ '^tenant_[a-z][a-z0-9-]*_[0-9a-f]{8}$'
                and not exists (select from polls_control.tenant where role_name = rolname)
                and not exists (select from polls_control.home where role_name = rolname)
                and (exists (select from pg_catalog.pg_auth_members
                        where roleid = pg_roles.oid and member = \(facts.app ?? 0)::oid)
                    or exists (select from pg_catalog.pg_shdepend
                        where refclassid = 'pg_catalog.pg_authid'::regclass and refobjid = pg_roles.oid
                            and dbid = (select oid from pg_catalog.pg_database where datname = current_database())))
                and not exists (select from pg_catalog.pg_shdepend
                    where refclassid = 'pg_catalog.pg_authid'::regclass and refobjid = pg_roles.oid
                        and dbid not in (0, (select oid from pg_catalog.pg_database where datname = current_database())))
            order by 1
            """
        ).decode(String.self)
        return names.map { name in
            Finding(
                .roleLeftover,
                .warning,
                at: "role \"\(name)\"",
                "it looks like a tenant's, and no tenant and no home of the registry has it",
                next: "Run: drop owned by \(Self.quoted(name)); drop role \(Self.quoted(name));"
            )
        }
    }
}
