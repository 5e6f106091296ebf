import Postgres
import Tenancy

extension Fleet {
    /// Holds the registry against what PostgreSQL has, and changes nothing.
    ///
    /// For tenants in schemas it is a handful of queries, however many there are. Databases of tenants' own are looked
    /// for by one connection to each server; what is in them, and in containers, is looked at for tenants that are named,
    /// or when `homes` says so: by a connection for each.
    /// - Parameters:
    ///   - tenants: only these; empty: all, and what is no tenant's.
    ///   - homes: look into the databases and containers of all tenants.
    /// - Throws: ``ProvisioningError`` when the control database cannot be looked at, with code `noSuchTenant` for a
    ///   name that is none's.
    public func audit(_ tenants: [TenantName] = [], homes: Bool = false) async throws -> AuditReport {
        let start = ContinuousClock.now
        for tenant in tenants { _ = try await control.record(tenant) }
        let names = tenants.isEmpty ? nil : tenants.map(\.rawValue)
        let outcome = try await DatabaseAudit.run(control, only: names)
        var findings = outcome.findings
        findings += try await serverFindings(names)
        findings += try await homeFindings(names, isDeep: homes || names != nil)
        return AuditReport(findings: findings, tenants: outcome.tenants, duration: .now - start)
    }
}
