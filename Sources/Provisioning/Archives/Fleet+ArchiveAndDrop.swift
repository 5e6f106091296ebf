import Postgres
import Tenancy

extension Fleet {
    /// Archives a tenant, and drops it for ever when that ended well. It is suspended before, so that the archive holds
    /// the last of its writes; where it cannot be archived it is served again, if it was.
    /// - Parameter done: is told of the archive before the tenant is dropped. When it throws, it is not dropped.
    /// - Throws: ``ProvisioningError``. The tenant is there then, suspended if the program was killed.
    public func drop(
        _ name: TenantName,
        archivingTo folder: String,
        done: (ArchivedTenant) throws -> Void = { _ in }
    ) async throws {
        let tenant = try await control.record(name)
        let wasActive = tenant.state == .active
        try await suspend(name)
        do {
            try await withHome(of: tenant) { try await Fence(site: try await site(of: tenant, in: $0)).awaitWriters() }
            try done(try await archive(name, to: folder))
        } catch {
            if wasActive { try? await resume(name) }
            throw error
        }
        try await drop(name)
    }
}
