import Postgres

/// Whether anybody but a tenant's own role may touch what is in its schema, and whether that role may what it must.
extension DatabaseAudit {
    /// An object whose rights are other than a tenant's.
    private struct Odd {
        let schema: AuditedSchema
        let object: String
        let missing: [String]
        let wide: [String]
        /// Oids of others, and the rights that each has.
        let others: [(grantee: UInt32, rights: String)]
    }

    func rightFindings() async throws -> [Finding] {
        let odd = try await oddRights()
        let grantees = try await strangers(among: Set(odd.flatMap { $0.others.map(\.grantee) }))
        var findings: [Finding] = []
        for (_, objects) in Dictionary(grouping: odd, by: \.schema.oid) {
            guard let schema = objects.first?.schema else { continue }
            findings += leaks(objects, of: schema, to: grantees)
            // Without its role it has none of them, which is the role's finding.
            let hasRole = !provisioner.registry.tenantRoles || schema.roleOID != nil
            let missing = objects.filter { !$0.missing.isEmpty && hasRole && !schema.isMoving && !schema.isFenced }
            if !missing.isEmpty { findings.append(lacking(missing, schema)) }
            let wide = objects.filter { !$0.wide.isEmpty && (schema.isFenced || !schema.isMoving) }
            if !wide.isEmpty { findings.append(exceeding(wide, schema)) }
        }
        return findings
    }

    /// The objects in which the rights of the tenant's role, or of anybody else but the owner, are other than expected.
    private func oddRights() async throws -> [Odd] {
        let byOID = Dictionary(present.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first })
        let places = byOID.values.sorted { $0.oid < $1.oid }
        let app = Int64(facts.app ?? 0)
        let oids = places.map { Int64($0.oid) }
        let roles = places.map { schema in
            provisioner.registry.tenantRoles ? schema.roleOID.map(Int64.init) ?? -1 : app
        }
        let rows = try await connection.query(
            """
            with object (schema, kind, name, owner, acl) as (
                select oid, 'schema', nspname::text, nspowner, nspacl
                from pg_catalog.pg_namespace where oid = any (\(oids)::oid[])
                union all
                select relnamespace, case relkind when 'S' then 'sequence' else 'table' end, relname, relowner, relacl
                from pg_catalog.pg_class
                where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and relnamespace = any (\(oids)::oid[])
                union all
                select relnamespace, 'column', relname || '.' || attname, relowner, attacl
                from pg_catalog.pg_attribute join pg_catalog.pg_class on pg_class.oid = attrelid
                where attacl is not null and relnamespace = any (\(oids)::oid[])
                union all
                select pronamespace, 'function', proname, proowner, proacl
                from pg_catalog.pg_proc where proacl is not null and pronamespace = any (\(oids)::oid[])
            ), place (schema, role, fenced) as (
                select * from unnest(\(oids)::oid[], \(roles), \(places.map(\.isFenced)))
            )
            select object.schema, kind || ' ' || name, coalesce(missing, '{}'), coalesce(wide, '{}'),
                coalesce(grantees, '{}'), coalesce(rights, '{}')
            from object join place on place.schema = object.schema
            cross join lateral (select case
                when kind = 'table' and fenced then array['SELECT']
                when kind = 'table' then array['SELECT', 'INSERT', 'UPDATE', 'DELETE']
                when kind in ('schema', 'sequence') then array['USAGE'] else '{}' end as due) due
            cross join lateral (
                select array_agg(privilege_type) filter (where grantee::bigint = role) as held,
                    -- Executing a function is everybody's by default, and leads nowhere without the schema.
                    array_agg(distinct grantee::bigint) filter (
                        where grantee::bigint <> role and grantee <> owner
                            and (grantee <> 0 or kind <> 'function')) as grantees
                from aclexplode(acl)
            ) entry
            cross join lateral (
                select array(select unnest(due) except select unnest(held)) as missing,
                    array(select unnest(held) except select unnest(due || case when kind in ('column', 'function')
                        then held else '{}' end)) as wide,
                    array(select string_agg(lower(privilege_type), ', ' order by privilege_type) from aclexplode(acl)
                        where grantee::bigint = any (grantees) group by grantee order by grantee::bigint) as rights
                where not (due <@ coalesce(held, '{}') and coalesce(held, '{}') <@ due) or grantees is not null
            ) odd
            """
        )
        return try rows.decode(UInt32.self, String.self, [String].self, [String].self, [Int64].self, [String].self)
            .compactMap { oid, object, missing, wide, grantees, rights in
                byOID[oid].map { schema in
                    Odd(
                        schema: schema,
                        object: object,
                        missing: missing.map { $0.lowercased() },
                        wide: wide.map { $0.lowercased() },
                        others: zip(grantees, rights).map { (UInt32(truncatingIfNeeded: $0), $1) }
                    )
                }
            }
    }

    /// Those of the grantees who may not have rights in a tenant's schema, by what people call them. Whom else an operator
    /// lets in, such as a login for reports, is the operator's to say.
    private func strangers(among grantees: Set<UInt32>) async throws -> [UInt32: String] {
        guard !grantees.isEmpty else { return [:] }
        let oids = grantees.map(Int64.init).sorted()
        let rows = try await connection.query(
            """
            select oid, rolname::text from pg_catalog.pg_roles
            where oid = any (\(oids)::oid[]) and (oid = \(facts.app ?? 0)::oid or rolname ~ '^tenant_.+_[0-9a-f]{8}$')
            """
        )
        var names = [UInt32(0): "public"]
        for (oid, name) in try rows.decode(UInt32.self, String.self) { names[oid] = Self.quoted(name) }
        return names
    }

    private func leaks(_ objects: [Odd], of schema: AuditedSchema, to names: [UInt32: String]) -> [Finding] {
        var byGrantee: [UInt32: [(object: String, rights: String)]] = [:]
        for object in objects {
            for (grantee, rights) in object.others { byGrantee[grantee, default: []].append((object.object, rights)) }
        }
        return byGrantee.sorted { $0.key < $1.key }.compactMap { grantee, leaked in
            guard let name = names[grantee] else { return nil }
            let who =
                grantee == 0 ? "everybody" : grantee == facts.app ? "the app's login, outside of the tenant," : name
            let place = Self.quoted(schema.actualName ?? schema.schema)
            let points = leaked.map { "\($0.object): \($0.rights)" }.sorted()
            return Finding(
                .rightLeaked,
                tenant: schema.tenant,
                at: schema.object,
                "\(who) has rights in it: \(Finding.summary(points))",
                next: "Run: revoke all on all tables in schema \(place) from \(name); revoke all on all sequences in "
                    + "schema \(place) from \(name); revoke all on all functions in schema \(place) from \(name); "
                    + "revoke all on schema \(place) from \(name);",
                details: points
            )
        }
    }

    private func lacking(_ objects: [Odd], _ schema: AuditedSchema) -> Finding {
        let points = objects.map { "\($0.object): \($0.missing.sorted().joined(separator: ", "))" }.sorted()
        let (place, role) = names(schema)
        return Finding(
            .rightMissing,
            tenant: schema.tenant,
            at: schema.object,
            "\(schema.tenant) lacks rights of its own: \(Finding.summary(points))",
            next:
                "Run: grant usage on schema \(place) to \(role); grant select, insert, update, delete on all tables in "
                + "schema \(place) to \(role); grant usage on all sequences in schema \(place) to \(role);",
            details: points
        )
    }

    private func exceeding(_ objects: [Odd], _ schema: AuditedSchema) -> Finding {
        let points = objects.map { "\($0.object): \($0.wide.sorted().joined(separator: ", "))" }.sorted()
        let (place, role) = names(schema)
        let rights = Set(objects.flatMap(\.wide)).sorted().joined(separator: ", ")
        let writes =
            schema.isFenced && objects.contains { !Set($0.wide).isDisjoint(with: ["insert", "update", "delete"]) }
        return Finding(
            writes ? .keptWritable : .rightTooWide,
            tenant: schema.tenant,
            at: schema.object,
            writes
                ? "it is not where \(schema.tenant) lives, and takes writes: \(Finding.summary(points))"
                : "\(schema.tenant) may more than read and write rows: \(Finding.summary(points))",
            next: writes
                ? "Run: revoke insert, update, delete, truncate on all tables in schema \(place) from \(role);"
                : "Run, for each of them: revoke \(rights) on … from \(role);",
            details: points
        )
    }

    private func names(_ schema: AuditedSchema) -> (schema: String, role: String) {
        (
            Self.quoted(schema.actualName ?? schema.schema),
            Self.quoted(schema.role ?? provisioner.registry.appLogin)
        )
    }
}
