import Tenancy

extension Fleet {
    /// Makes another API token for a tenant, wherever it lives. While it moves it would be lost on the way.
    /// - Returns: the token, and how many earlier ones are void now.
    /// - Throws: ``ProvisioningError``, with code `moveUnderWay` among others.
    public func makeToken(
        for name: TenantName,
        label: String,
        replacing: Bool
    ) async throws -> (token: APIToken, replaced: Int) {
        try await withLock(on: name) {
            let tenant = try await control.record(name)
            guard !tenant.isMoving else { throw ProvisioningError.moveUnderWay(of: name) }
            guard tenant.state == .active || tenant.state == .suspended else {
                throw ProvisioningError.unfinished(name, tenant.state.rawValue)
            }
            return try await withHome(of: tenant) {
                try await $0.provisioner.makeToken(for: name, label: label, replacing: replacing)
            }
        }
    }
}
