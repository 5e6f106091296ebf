import Postgres

/// Who owns what is in tenants' schemas, and what runs there with its owner's rights.
extension DatabaseAudit {
    func ownerFindings() async throws -> [Finding] {
        let byOID = Dictionary(present.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first })
        let oids = byOID.keys.map(Int64.init).sorted()
        let rows = try await connection.query(
            """
            with object (schema, name, owner) as (
                select relnamespace, case relkind when 'S' then 'sequence ' else 'table ' end || relname, relowner
                from pg_catalog.pg_class
                where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and relnamespace = any (\(oids)::oid[])
                union all
                select pronamespace, 'function ' || proname, proowner
                from pg_catalog.pg_proc where pronamespace = any (\(oids)::oid[])
                union all
                select typnamespace, 'type ' || typname, typowner
                from pg_catalog.pg_type
                where typtype in ('e', 'd', 'r') and typnamespace = any (\(oids)::oid[])
            )
            select schema, array_agg(name || ': ' || rolname order by name collate "C"), min(rolname::text)
            from object join pg_catalog.pg_roles on pg_roles.oid = owner
            where rolname <> \(facts.owner.name)
            group by schema
            """
        ).decode(UInt32.self, [String].self, String.self)
        return rows.compactMap { oid, points, owner in
            byOID[oid].map { schema in
                Finding(
                    .objectOwner,
                    tenant: schema.tenant,
                    at: schema.object,
                    "not \(facts.owner.name), whose the registry is, owns: \(Finding.summary(points))",
                    next:
                        "As a superuser, run for each: alter table \(Self.quoted(schema.actualName ?? "")).… owner to "
                        + "\(facts.owner.quoted); (or alter sequence, function, type)",
                    details: points
                )
            }
        }
    }

    /// A function that runs with its owner's rights, and that no migration has made, is a way out of the tenant.
    func definerFindings() async throws -> [Finding] {
        let byOID = Dictionary(present.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first })
        let oids = byOID.keys.map(Int64.init).sorted()
        let rows = try await connection.query(
            """
            select pronamespace, proname || '(' || pg_get_function_identity_arguments(oid) || ')'
            from pg_catalog.pg_proc where prosecdef and pronamespace = any (\(oids)::oid[]) order by 1, 2
            """
        ).decode(UInt32.self, String.self)
        var found: [UInt32: [String]] = [:]
        for (oid, function) in rows {
            let expected = byOID[oid].flatMap { references[$0.version]?.definition.definers } ?? []
            if !expected.contains(function) { found[oid, default: []].append(function) }
        }
        return found.compactMap { oid, functions in
            byOID[oid].map { schema in
                Finding(
                    .securityDefiner,
                    tenant: schema.tenant,
                    at: schema.object,
                    "functions that no migration makes run with their owner's rights: \(Finding.summary(functions))",
                    next: "Find out who made them, and run for each: drop function "
                        + "\(Self.quoted(schema.actualName ?? "")).…; (or alter function … security invoker)",
                    details: functions
                )
            }
        }
    }
}
