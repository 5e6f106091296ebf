import Postgres

/// Whether tenants' ledgers of migrations fit this program.
extension DatabaseAudit {
    func ledgerFindings() async throws -> [Finding] {
        let product = provisioner.product
        let migrations = product.migrations
        // A move into a schema writes its ledger anew.
        let rows = try await connection.query(
            """
            with tenant as (
                select id, name, schema_version from polls_control.tenant
                where home_id is null and state in ('active', 'suspended')
                    and (\(names == nil) or name = any (\(names ?? [])))
                    and not exists (
                        select from polls_control.move where tenant_id = tenant.id and finished_at is null)
            ), known (version, checksum) as (
                select * from unnest(\(migrations.map(\.version)), \(migrations.map(\.checksum)))
            ), ledger as (
                select tenant_id, max(tenant_migration.version) as newest, count(*) as entries,
                    array_remove(array_agg(case when known.checksum <> tenant_migration.checksum
                        then tenant_migration.version end order by tenant_migration.version), null) as other
                from polls_control.tenant_migration left join known on known.version = tenant_migration.version
                group by tenant_id
            )
            select name, schema_version, coalesce(newest, 0), coalesce(other, '{}'),
                case when newest > entries then array(
                    select version from generate_series(1, newest) as version
                    except select version from polls_control.tenant_migration where tenant_id = tenant.id
                    order by version) else '{}' end
            from tenant left join ledger on tenant_id = tenant.id
            where schema_version <> \(product.version) or newest is distinct from schema_version
                or newest <> entries or cardinality(other) > 0
            order by name
            """
        ).decode(String.self, Int32.self, Int32.self, [Int32].self, [Int32].self)
        return rows.flatMap { name, version, newest, other, gaps in
            findings(name, version: version, newest: newest, other: other, gaps: gaps)
        }
    }

    private func findings(_ name: String, version: Int32, newest: Int32, other: [Int32], gaps: [Int32]) -> [Finding] {
        let migrations = provisioner.product.migrations
        let known = provisioner.product.version
        func files(_ versions: [Int32]) -> String {
            versions.map { number in
                migrations.first { $0.version == number }?.file ?? "\(number)"
            }.joined(separator: ", ")
        }
        func finding(_ code: Finding.Code, _ severity: Finding.Severity, _ message: String, next: String)
            -> Finding
        { Finding(code, severity, tenant: name, at: "ledger of \(name)", message, next: next) }
        var findings: [Finding] = []
        if version > known || newest > known {
            findings.append(
                finding(
                    .ahead,
                    .error,
                    "it is at version \(max(version, newest)), and this program knows only up to \(known)",
                    next: "Use the newer program."
                )
            )
        } else if version < known {
            findings.append(
                finding(
                    .behind,
                    .warning,
                    "it is at version \(version), and this program at \(known)",
                    next: "Run polls-admin migrate \(name), or migrate for all."
                )
            )
        }
        if newest != version {
            findings.append(
                finding(
                    .ledgerVersion,
                    .error,
                    "its newest migration is \(newest), and the tenant's row says version \(version)",
                    next:
                        "See which is true of its tables, and set schema_version of polls_control.tenant or the ledger "
                        + "to it."
                )
            )
        }
        if !gaps.isEmpty {
            findings.append(
                finding(
                    .ledgerGap,
                    .error,
                    "it does not say that \(files(gaps)) was applied, and that later ones were",
                    next: "See whether its tables have it; if so, add the row to polls_control.tenant_migration."
                )
            )
        }
        if !other.isEmpty {
            findings.append(
                finding(
                    .ledgerChecksum,
                    .error,
                    "it had another \(files(other)) applied than the one in this program",
                    next: "Put the file back as it was applied, and bring the change in a migration of its own."
                )
            )
        }
        return findings
    }
}
