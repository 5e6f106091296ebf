import HummingbirdCore
import Tenancy

/// What a handler gets. It cannot be made without a tenant that is served, so no handler runs without one.
struct TenantContext: Sendable {
    let tenant: Tenant
    let store: PollStore

    /// Whoever may reach this tenant may write: its settings have `"open": true`, and nothing else counts as that.
    var isOpen: Bool {
        guard case .object(let settings)? = try? JSONValue(parsing: tenant.settings.utf8) else { return false }
        return settings["open"] == .bool(true)
    }

    /// - Throws: ``TenancyError`` when the host is no tenant's, or the tenant is not served.
    init(_ host: HostGuard.Host, directory: TenantDirectory) async throws {
        let session = try await directory.session(for: host)
        tenant = session.tenant
        store = PollStore(session: session)
    }
}
