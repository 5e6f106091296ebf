import Postgres

/// Holds the registry of one database against what that database has.
///
/// Everything is read in one transaction, of one moment, that may write nothing. Each group of checks is a query or a
/// few, however many tenants there are.
struct DatabaseAudit {
    let provisioner: Provisioner
    /// Only these tenants; `nil`: all, and what is no tenant's.
    let names: [String]?
    let facts: Facts
    let schemas: [AuditedSchema]
    let references: [Int32: SchemaReference]
    let connection: PostgresConnection

    /// The database, and who it belongs to.
    struct Facts {
        let database: Identifier
        /// Who made the registry, and so the tenants.
        let owner: Identifier
        let ownerIsSuperuser: Bool
        /// Oid of the app's login; `nil`: there is none.
        let app: UInt32?

        static func read(_ appLogin: String, _ connection: PostgresConnection) async throws -> Facts {
            let (database, owner, isSuperuser, app) = try await connection.query(
                """
                select current_database()::text, rolname::text, rolsuper,
                    (select oid from pg_catalog.pg_roles where rolname = \(appLogin))
                from pg_catalog.pg_namespace join pg_catalog.pg_roles on pg_roles.oid = nspowner
                where nspname = 'polls_control'
                """
            ).decodeOne(String.self, String.self, Bool.self, UInt32?.self)
            return Facts(
                database: try Identifier(database),
                owner: try Identifier(owner),
                ownerIsSuperuser: isSuperuser,
                app: app
            )
        }
    }

    /// What was found, and how many tenants there were to look at.
    struct Outcome {
        var findings: [Finding]
        let tenants: Int
    }

    /// - Parameter isHome: the database is one tenant's own; the fleet's registry is elsewhere.
    static func run(_ provisioner: Provisioner, only names: [String]?, isHome: Bool = false) async throws -> Outcome {
        try await provisioner.withConnection("auditing") { connection in
            let versions = try await connection.query(
                """
                select distinct schema_version from polls_control.tenant
                where home_id is null and state not in ('creating', 'dropping')
                    and (\(names == nil) or name = any (\(names ?? [])))
                """
            ).decode(Int32.self)
            let (references, failure) = try await reference(Set(versions), provisioner, connection)
            var outcome = try await connection.withTransaction {
                _ = try await connection.run([
                    "set transaction isolation level repeatable read, read only",
                    "select set_config('search_path', '', true)",
                ])
                let audit = DatabaseAudit(
                    provisioner: provisioner,
                    names: names,
                    facts: try await Facts.read(provisioner.registry.appLogin, connection),
                    schemas: try await AuditedSchema.read(names, connection),
                    references: references,
                    connection: connection
                )
                return try await audit.run(isHome: isHome)
            }
            if let failure { outcome.findings.append(failure) }
            return outcome
        }
    }

    private func run(isHome: Bool) async throws -> Outcome {
        let tenants = try await connection.query(
            "select count(*) from polls_control.tenant where \(names == nil) or name = any (\(names ?? []))"
        ).decodeOne(Int64.self)
        var findings = schemaFindings() + roleFindings()
        findings += try await membershipFindings()
        findings += try await rightFindings()
        findings += try await ownerFindings()
        findings += try await definerFindings()
        findings += try await driftFindings()
        findings += try await ledgerFindings()
        findings += try await registryFindings()
        if !isHome { findings += try await stateFindings() }
        findings += try await loginFindings()
        if names == nil || isHome {
            findings += try await safeguardFindings()
            findings += try await databaseFindings()
        }
        if names == nil { findings += try await leftoverFindings() }
        return Outcome(findings: findings, tenants: Int(tenants))
    }

    /// Without a reference the schemas are held against each other.
    private static func reference(
        _ versions: Set<Int32>,
        _ provisioner: Provisioner,
        _ connection: PostgresConnection
    ) async throws -> ([Int32: SchemaReference], Finding?) {
        let known = versions.filter { 1...provisioner.product.version ~= $0 }
        guard !known.isEmpty else { return ([:], nil) }
        let reason: String
        do {
            return (try await SchemaReference.make(known, by: provisioner, connection), nil)
        } catch let error as ProvisioningError {
            reason = error.message
        } catch let error as PostgresError where !error.isLoss {
            reason = error.words
        }
        return (
            [:],
            Finding(
                .referenceFailed,
                .notice,
                at: "the migrations",
                "what they make could not be seen, and each tenant's tables are held against most others': \(reason)",
                next: "Use the login that made the registry, or a superuser."
            )
        )
    }
}

extension DatabaseAudit {
    /// The schemas that are there, whose contents can be looked at.
    var present: [AuditedSchema] { schemas.filter { $0.actualName != nil } }

    /// A schema's or a role's name as it stands in a statement.
    static func quoted(_ name: String) -> String { (try? Identifier(name).quoted) ?? name.debugDescription }
}
