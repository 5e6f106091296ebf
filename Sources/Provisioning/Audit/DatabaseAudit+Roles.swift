import Postgres

/// Whether tenants' roles are there, can do nothing but hold their tenant's rights, and only the app has them.
extension DatabaseAudit {
    func roleFindings() -> [Finding] {
        var holders: [String: [String]] = [:]
        for schema in schemas { if let role = schema.role { holders[role, default: []].append(schema.tenant) } }
        return schemas.flatMap { schema -> [Finding] in
            guard let role = schema.role else {
                return provisioner.registry.tenantRoles ? [withoutRole(schema)] : []
            }
            guard schema.roleOID != nil else { return [missingRole(schema, role)] }
            var findings: [Finding] = []
            if let others = holders[role], others.count > 1, others.first == schema.tenant {
                findings.append(
                    Finding(
                        .roleShared,
                        tenant: schema.tenant,
                        at: schema.roleObject,
                        "several places of the registry have it: \(others.joined(separator: ", "))",
                        next: "Suspend these tenants: each can reach the others' rows. Make each a role of its own."
                    )
                )
            }
            if !schema.attributes.isEmpty {
                let isPowerful = schema.attributes != ["inherit"]
                findings.append(
                    Finding(
                        .roleAttributes,
                        isPowerful ? .error : .warning,
                        tenant: schema.tenant,
                        at: schema.roleObject,
                        "a tenant's role may do nothing by itself, and this one has "
                            + schema.attributes.joined(separator: ", "),
                        next: "Run: alter role \(Self.quoted(role)) "
                            + schema.attributes.map { "no" + $0 }.joined(separator: " ") + ";"
                    )
                )
            }
            return findings
        }
    }

    private func withoutRole(_ schema: AuditedSchema) -> Finding {
        Finding(
            .roleMissing,
            tenant: schema.tenant,
            at: schema.object,
            "the registry has no role for \(schema.tenant), and this is a registry with tenant roles",
            next: "Suspend the tenant, make it a role, and write its name into role_name of polls_control.tenant."
        )
    }

    private func missingRole(_ schema: AuditedSchema, _ role: String) -> Finding {
        let (name, place) = (Self.quoted(role), Self.quoted(schema.actualName ?? schema.schema))
        let tables = schema.isFenced ? "select" : "select, insert, update, delete"
        return Finding(
            .roleMissing,
            tenant: schema.tenant,
            at: schema.roleObject,
            "the role of \(schema.tenant) is gone: it cannot be entered",
            next: "Run: create role \(name) nologin noinherit; "
                + "grant \(name) to \(Self.quoted(provisioner.registry.appLogin)); "
                + "grant usage on schema \(place) to \(name); "
                + "grant \(tables) on all tables in schema \(place) to \(name); "
                + "grant usage on all sequences in schema \(place) to \(name);"
        )
    }

    /// Who is a member of whom, as far as tenants' roles go.
    func membershipFindings() async throws -> [Finding] {
        let byRole = Dictionary(
            schemas.compactMap { schema in schema.roleOID.map { ($0, schema) } },
            uniquingKeysWith: { first, _ in first }
        )
        guard !byRole.isEmpty else { return [] }
        let roles = byRole.keys.map(Int64.init).sorted()
        let app = provisioner.registry.appLogin
        let answers = try await connection.run([
            """
            select member, parent.rolname::text
            from pg_catalog.pg_auth_members join pg_catalog.pg_roles parent on parent.oid = roleid
            where member = any (\(roles)::oid[]) order by 1, 2
            """,
            // From PostgreSQL 16 on, a membership itself says whether it is inherited and may be entered. A login that
            // inherits whatever it is a member of is one finding, and not one a tenant.
            """
            select role, coalesce(bool_or(may_enter), false), coalesce(bool_or(inherits), false)
            from unnest(\(roles)::oid[]) as role left join (
                select roleid, coalesce((to_jsonb(pg_auth_members) ->> 'set_option')::boolean, true) as may_enter,
                    not rolinherit and coalesce((to_jsonb(pg_auth_members) ->> 'inherit_option')::boolean, false) as inherits
                from pg_catalog.pg_auth_members join pg_catalog.pg_roles on pg_roles.oid = member
                where rolname = \(app)
            ) membership on roleid = role
            group by role
            having not coalesce(bool_or(may_enter), false) or coalesce(bool_or(inherits), false)
            """,
            // An operator may be a member of every role that it makes.
            """
            select roleid, rolname::text
            from pg_catalog.pg_auth_members join pg_catalog.pg_roles on pg_roles.oid = member
            where roleid = any (\(roles)::oid[]) and member <> all (\(roles)::oid[])
                and rolname not in (\(app), \(facts.owner.name), current_user) and not rolsuper and not rolcreaterole
            order by 1, 2
            """,
        ])
        var findings: [Finding] = []
        for (oid, parent) in try answers[0].decode(UInt32.self, String.self) {
            guard let schema = byRole[oid], let role = schema.role else { continue }
            findings.append(
                Finding(
                    .roleMember,
                    tenant: schema.tenant,
                    at: schema.roleObject,
                    "it is a member of \(parent): what \(parent) may, \(schema.tenant) may",
                    next: "Run: revoke \(Self.quoted(parent)) from \(Self.quoted(role));"
                )
            )
        }
        for (oid, mayEnter, inherits) in try answers[1].decode(UInt32.self, Bool.self, Bool.self) {
            guard let schema = byRole[oid], let role = schema.role else { continue }
            if !mayEnter { findings.append(notMember(schema, role, app)) }
            if inherits { findings.append(inherited(schema, role, app)) }
        }
        for (oid, member) in try answers[2].decode(UInt32.self, String.self) {
            guard let schema = byRole[oid], let role = schema.role else { continue }
            findings.append(
                Finding(
                    .roleShared,
                    .warning,
                    tenant: schema.tenant,
                    at: schema.roleObject,
                    "\(member) is a member of it, and can act as \(schema.tenant)",
                    next: "If that is not meant, run: revoke \(Self.quoted(role)) from \(Self.quoted(member));"
                )
            )
        }
        return findings
    }

    private func notMember(_ schema: AuditedSchema, _ role: String, _ app: String) -> Finding {
        Finding(
            .appNotMember,
            tenant: schema.tenant,
            at: schema.roleObject,
            "the app's login \(app) is no member of it, and cannot enter \(schema.tenant)",
            next: "Run: grant \(Self.quoted(role)) to \(Self.quoted(app));"
        )
    }

    private func inherited(_ schema: AuditedSchema, _ role: String, _ app: String) -> Finding {
        Finding(
            .appInherits,
            tenant: schema.tenant,
            at: schema.roleObject,
            "the app's login \(app) has its rights all the time, and not only inside of \(schema.tenant)",
            next: "Run: revoke \(Self.quoted(role)) from \(Self.quoted(app)); "
                + "grant \(Self.quoted(role)) to \(Self.quoted(app));"
        )
    }
}
