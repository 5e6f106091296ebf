import HummingbirdCore
import Tenancy

/// What a handler gets. It cannot be made without a tenant that is served, so no handler runs without one.
struct TenantContext: Sendable {
    private(set) var store: PollStore

    var tenant: Tenant { store.session.tenant }

    /// Whoever may reach this tenant may write: its settings have `"open": true`, and nothing else counts as that.
    var isOpen: Bool {
        guard case .object(let settings)? = try? JSONValue(parsing: tenant.settings.utf8) else { return false }
        return settings["open"] == .bool(true)
    }

    /// - Parameter deadline: when its answer has to be there, whatever is still under way.
    /// - Throws: ``TenancyError`` when the host is no tenant's, or the tenant is not served.
    init(
        _ host: HostGuard.Host,
        directory: TenantDirectory,
        until deadline: ContinuousClock.Instant
    ) async throws {
        store = PollStore(session: try await directory.session(for: host, until: deadline))
    }

    /// The request's body. How long the client takes to send it does not count.
    /// - Throws: ``Problem`` 400, 413, 415 or 422.
    mutating func body(of request: Request, upTo bytes: Int) async throws -> Body {
        let start = ContinuousClock.now
        let body = try await Body(request, upTo: bytes)
        store.session.deadline = store.session.deadline.map { $0 + (.now - start) }
        return body
    }
}
