import Postgres

/// Whether tenants' schemas are there, and are the right ones.
extension DatabaseAudit {
    func schemaFindings() -> [Finding] {
        var holders: [UInt32: [String]] = [:]
        for schema in schemas where schema.oid != 0 { holders[schema.oid, default: []].append(schema.tenant) }
        return schemas.flatMap { schema in
            guard let name = schema.actualName else { return [missing(schema)] }
            var findings: [Finding] = []
            if let others = holders[schema.oid], others.count > 1, others.first == schema.tenant {
                findings.append(shared(schema, by: others))
            }
            if name != schema.schema { findings.append(renamed(schema, to: name)) }
            if let owner = schema.owner, owner != facts.owner.name {
                findings.append(
                    Finding(
                        .schemaOwner,
                        tenant: schema.tenant,
                        at: schema.object,
                        "it belongs to \(owner), and the registry to \(facts.owner.name)",
                        next: "As a superuser, run: alter schema \(Self.quoted(name)) owner to \(facts.owner.quoted);"
                    )
                )
            }
            return findings
        }
    }

    private func missing(_ schema: AuditedSchema) -> Finding {
        if schema.isFenced {
            return Finding(
                .schemaMissing,
                .warning,
                tenant: schema.tenant,
                at: schema.object,
                "the registry keeps it as an old or a future home of \(schema.tenant), and it is gone",
                next:
                    "Run polls-admin move \(schema.tenant) --sweep, which forgets it; for an unfinished move, --abort."
            )
        }
        if schema.namesake != nil {
            return Finding(
                .schemaReplaced,
                tenant: schema.tenant,
                at: schema.object,
                "another schema has taken the place of the one that was made for \(schema.tenant), which is gone",
                next:
                    "Requests are refused until the tenant's own is restored from a backup. To give it up: polls-admin "
                    + "drop-schema \(schema.tenant), which spares the other schema."
            )
        }
        return Finding(
            .schemaMissing,
            tenant: schema.tenant,
            at: schema.object,
            "the schema of \(schema.tenant) is gone",
            next: "Restore it from a backup, or give the tenant up: polls-admin drop-schema \(schema.tenant)."
        )
    }

    private func renamed(_ schema: AuditedSchema, to name: String) -> Finding {
        Finding(
            .schemaRenamed,
            .warning,
            tenant: schema.tenant,
            at: schema.object,
            "the schema of \(schema.tenant) is called \(name), and in the registry \(schema.schema)",
            next: schema.namesake == nil
                ? "Run: alter schema \(Self.quoted(name)) rename to \(Self.quoted(schema.schema));"
                : "Rename the schema that has its name now, and then: alter schema \(Self.quoted(name)) rename to "
                    + "\(Self.quoted(schema.schema));"
        )
    }

    private func shared(_ schema: AuditedSchema, by tenants: [String]) -> Finding {
        Finding(
            .schemaShared,
            tenant: schema.tenant,
            at: schema.object,
            "several places of the registry lead to it: \(tenants.joined(separator: ", "))",
            next: "Suspend these tenants, find out whose it is, and drop the other from the registry by hand: "
                + "drop-schema would take the schema with it."
        )
    }
}
