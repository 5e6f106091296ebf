import Postgres
import Tenancy

/// Whether tenants' own databases and containers hold what they should.
extension Fleet {
    /// - Parameter isDeep: look into each; otherwise only say what was not looked at.
    func homeFindings(_ names: [String]?, isDeep: Bool) async throws -> [Finding] {
        let tenants = try await control.withConnection("looking for homes") { connection in
            try await connection.query(
                """
                select name from polls_control.tenant
                where home_id is not null and state not in ('creating', 'dropping')
                    and (\(names == nil) or name = any (\(names ?? [])))
                order by name
                """
            ).decode(String.self)
        }
        guard isDeep else {
            guard !tenants.isEmpty else { return [] }
            return [
                Finding(
                    .homeNotSeen,
                    .notice,
                    at: "homes",
                    "\(tenants.count) tenants have databases or containers of their own, which were not looked into",
                    next: "Run polls-admin audit --homes, or name them."
                )
            ]
        }
        return try await withThrowingTaskGroup(of: [Finding].self) { group in
            var rest = tenants[...]
            // A few at once: each is a connection, or a way into a container.
            for tenant in rest.prefix(4) { group.addTask { try await home(of: tenant) } }
            rest = rest.dropFirst(4)
            var findings: [Finding] = []
            while let found = try await group.next() {
                findings += found
                if let tenant = rest.popFirst() { group.addTask { try await home(of: tenant) } }
            }
            return findings
        }
    }

    /// A home that cannot be looked at is a finding, and stops no other.
    private func home(of name: String) async throws -> [Finding] {
        // One that is no name is a finding of its own.
        guard let name = try? TenantName(name) else { return [] }
        let tenant = try await control.record(name)
        guard let id = tenant.homeID else { return [] }
        let place = Destination(level: tenant.level, server: tenant.server).description
        do {
            let container = tenant.container(id)
            return try await withConfiguration(of: try await home(id), container: container) { configuration in
                try await PostgresClient.withClient(configuration, logger: logger) { client in
                    // Not as other commands open it: they bring an older registry up to date.
                    let provisioner = try await Provisioner.open(
                        client,
                        product: control.product,
                        registryVersion: migrations.count,
                        logger: logger
                    )
                    let outcome = try await DatabaseAudit.run(provisioner, only: [tenant.name.rawValue], isHome: true)
                    guard outcome.tenants == 1 else { return [Self.empty(tenant, place)] }
                    return outcome.findings.map { $0.inside(place, of: tenant.name.rawValue) }
                }
            }
        } catch {
            return [Self.unreachable(tenant, place, error)]
        }
    }

    private static func empty(_ tenant: TenantRecord, _ place: String) -> Finding {
        Finding(
            .homeMismatch,
            tenant: tenant.name.rawValue,
            at: place,
            "the registry in the home of \(tenant.name) does not know it",
            next: "Restore the home from a backup, or give the tenant up: polls-admin drop-schema \(tenant.name)."
        )
    }

    private static func unreachable(_ tenant: TenantRecord, _ place: String, _ error: any Error) -> Finding {
        let known = error as? ProvisioningError
        let failure = error as? any ContainerFailure
        let reason = known?.message ?? failure?.message ?? (error as? PostgresError)?.words ?? "\(error)"
        return Finding(
            .homeUnreachable,
            tenant: tenant.name.rawValue,
            at: place,
            "the home of \(tenant.name) cannot be looked at: \(reason)",
            next: known?.code == .registryVersion
                ? "Run polls-admin up, or migrate: they bring its registry up to date."
                : known?.next ?? failure?.next ?? "Check that its PostgreSQL runs."
        )
    }
}

extension Finding {
    /// As it is told of a tenant's own database.
    fileprivate func inside(_ place: String, of tenant: String) -> Finding {
        Finding(
            code,
            severity,
            tenant: tenant,
            at: "\(object) in \(place)",
            message,
            next: next,
            details: details
        )
    }
}
