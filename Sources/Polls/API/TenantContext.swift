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

    /// The request's body, a JSON object.
    /// - Throws: ``Problem`` 400, 413, 415 or 422.
    mutating func body(of request: Request, upTo bytes: Int) async throws -> Body {
        try await read { try await Body(request, upTo: bytes) }
    }

    /// The request's body, a form's fields.
    /// - Throws: ``Problem`` 400 or 413.
    mutating func form(of request: Request, upTo bytes: Int) async throws -> FormBody {
        try await read { try await FormBody(request, upTo: bytes) }
    }

    /// How long the client takes to send it does not count.
    private mutating func read<Content>(_ content: () async throws -> Content) async throws -> Content {
        let start = ContinuousClock.now
        let content = try await content()
        store.session.deadline = store.session.deadline.map { $0 + (.now - start) }
        return content
    }
}
