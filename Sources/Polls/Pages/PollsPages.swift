import HTTPTypes
import HummingbirdCore
import Postgres

/// The pages of one tenant, at the API's own addresses: what a browser is shown there, and what its forms do. They keep
/// nothing in the browser: no cookie, no script.
struct PollsPages: Sendable {
    let bodyBytes: Int

    /// - Parameter request: one that prefers a page.
    /// - Returns: `nil` where the address has no page, or it is no form that was sent.
    func respond(_ route: Route, _ request: Request, _ context: TenantContext) async throws -> Response? {
        let isRead = request.method == .get || request.method == .head
        switch route {
        case .root where isRead: return Self.redirect(to: "/polls/")
        case .polls where isRead: return try await list(request, context)
        case .poll(let id) where isRead:
            return PollPage(poll: try await context.store.poll(id), site: context.tenant.name).layout.response()
        case .results(let id) where isRead:
            return ResultsPage(poll: try await context.store.poll(id), site: context.tenant.name).layout.response()
        case .polls where FormBody.isForm(request): return try await create(request, context)
        case .vote(let poll, let choice) where FormBody.isForm(request):
            return try await vote(poll, choice, request, context)
        default: return nil
        }
    }

    private func list(_ request: Request, _ context: TenantContext) async throws -> Response {
        let (after, limit) = try Page.read(request.uri.query)
        let rows = try await context.store.list(after: after, limit: limit)
        let entries = try rows.decode(Int64.self, String.self, Timestamp.self).map {
            ListPage.Entry(id: $0, question: $1, publishDate: $2)
        }
        let page = ListPage(
            entries: entries.prefix(Int(limit)),
            after: after,
            limit: limit,
            hasMore: entries.count > Int(limit),
            isOpen: context.isOpen,
            site: context.tenant.name
        )
        return page.layout.response()
    }

    private func create(_ request: Request, _ context: TenantContext) async throws -> Response {
        try await context.authorize(request)
        var context = context
        let form = NewPollForm(try await context.form(of: request, upTo: bodyBytes))
        if let fault = form.fault {
            let page = NewPollPage(form: form, fault: fault, site: context.tenant.name)
            return page.layout.response(.unprocessableContent)
        }
        let poll = try await context.store.create(question: form.question, publishDate: nil, choices: form.choices)
        return Self.redirect(to: "/polls/\(poll.id)/")
    }

    private func vote(
        _ poll: Int64,
        _ choice: Int64,
        _ request: Request,
        _ context: TenantContext
    ) async throws -> Response {
        var context = context
        let key = try await context.form(of: request, upTo: bodyBytes)["key"]
        if let key { try PollsAPI.check(key: key) }
        do {
            _ = try await context.store.vote(for: choice, of: poll, key: key)
        } catch PollStore.Refusal.keyUsedElsewhere {
            throw Problem.conflict("You have voted already: your first vote counts.")
        }
        return Self.redirect(to: "/polls/\(poll)/results/")
    }

    /// What a form did is shown by a page of its own: to load that again does nothing again (RFC 9110, section 15.4.4).
    private static func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .vary: "Accept"])
    }
}
