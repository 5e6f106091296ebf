import Postgres
import Tenancy

extension Fleet {
    /// Archives a tenant, and drops it for ever when that ended well. Before, it is suspended, and PostgreSQL refuses
    /// whatever a request under way would still write, so that the archive holds the last of its writes. Where it cannot
    /// be archived it is served again, if it was.
    /// - Parameter done: is told of the archive before the tenant is dropped. When it throws, it is not dropped.
    /// - Throws: ``ProvisioningError``. The tenant is there then, suspended if the program was killed: ``resume(_:)``.
    public func drop(
        _ name: TenantName,
        archivingTo folder: String,
        done: (ArchivedTenant) throws -> Void = { _ in }
    ) async throws {
        let tenant = try await control.record(name)
        let wasActive = tenant.state == .active
        try await suspend(name)
        do {
            try await endWrites(of: tenant)
            let archived = try await archive(name, to: folder)
            guard try await isEnded(tenant) else {
                throw ProvisioningError(
                    .wrongState,
                    "somebody has put \(name) back into service meanwhile. It was archived, and not dropped",
                    next: "Suspend it, and run it again."
                )
            }
            try done(archived)
        } catch {
            if wasActive { try? await resume(name) } else { try? await openWrites(ofSuspended: name) }
            throw error
        }
        try await drop(name)
    }

    private func isEnded(_ tenant: TenantRecord) async throws -> Bool {
        try await control.withConnection("looking at \(tenant.name)") { connection in
            try await connection.query(
                "select state = 'suspended' and writes_paused from polls_control.tenant where id = \(tenant.id)"
            ).decodeOptional(Bool.self) ?? false
        }
    }

    /// The registry knows first, so that whoever puts the tenant back into service opens it again.
    private func endWrites(of tenant: TenantRecord) async throws {
        try await withLock(on: tenant.name) {
            try await control.change(tenant.name, "suspending") { connection in
                let isOurs =
                    try await connection.query(
                        """
                        update polls_control.tenant set writes_paused = true
                        where id = \(tenant.id) and state = 'suspended' and not exists (
                            select from polls_control.move where tenant_id = tenant.id and finished_at is null)
                        """
                    ).affected == 1
                guard isOurs else { throw ProvisioningError.moveUnderWay(of: tenant.name) }
            }
            try await withHome(of: tenant) { home in
                let fence = Fence(site: try await site(of: tenant, in: home))
                try await fence.raise()
                try await fence.awaitWriters()
            }
        }
    }
}
