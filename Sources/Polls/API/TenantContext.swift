import Hummingbird
import Tenancy

/// What a handler gets. It cannot be made without a tenant that is served, so no handler runs without one.
struct TenantContext: Sendable {
    let tenant: Tenant
    let store: PollStore
    /// Whoever may reach this tenant may write.
    let isOpen: Bool

    /// - Throws: ``TenancyError`` when the host is no tenant's, or the tenant is not served.
    init(_ host: HostGuard.Host, directory: TenantDirectory) async throws {
        let session = try await directory.session(for: host)
        tenant = session.tenant
        store = PollStore(session: session)
        isOpen = tenant.settings.contains("\"open\": true") || tenant.settings.contains("\"open\":true")
    }
}
