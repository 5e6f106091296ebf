import Tenancy

extension Fleet {
    /// Gives a tenant another name, and with it another subdomain. Under the old one it is not served any more.
    /// - Throws: ``ProvisioningError``. It has the old name then, but with code `unknownOutcome`.
    public func rename(_ name: TenantName, to new: TenantName) async throws {
        try await withLock(on: name) {
            try await withLock(on: new) { try await control.rename(name, to: new) }
        }
    }
}
