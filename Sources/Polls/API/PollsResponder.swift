import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Tenancy

/// Answers every request: guards the host, finds the tenant, calls the API, turns errors into answers, and logs a line.
struct PollsResponder {
    let hostGuard: HostGuard
    let directory: TenantDirectory
    let readiness: Readiness
    let nonce: String?
    let api: PollsAPI
    let pages: PollsPages
    let logger: Logger
    let requestLog: RequestLog
    /// How long a request may take, a little before its connection is cut.
    let answerTime: Duration

    /// - Throws: when the connection is lost, or was told something that is no HTTP, while the answer is written; and when
    ///   the answer was the connection's last.
    func respond(to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let response = await response(to: request)
        let isLast = response.headers[.connection] == "close"
        do { try await writer.write(response: response.head, body: response.body) } catch let error as HTTPParserError {
            // As a parser's error it would be answered once more.
            throw InterruptedAnswer(cause: error)
        }
        guard isLast else { return }
        // What has come behind it already is not to be done (RFC 9112, section 9.6).
        try await channel.closeFuture.get()
        throw ChannelError.ioOnClosedChannel
    }

    private struct InterruptedAnswer: Error { let cause: HTTPParserError }

    private func response(to request: Request) async -> Response {
        let start = ContinuousClock.now
        let path = request.uri.string.prefix { $0 != "?" }
        let route = Route(path: path)
        var tenant: String?
        var response: Response
        do {
            response = try await respond(route, request, until: start + answerTime, &tenant)
        } catch {
            let problem = Problem(error, logger: logger)
            response =
                request.prefersPage
                ? ProblemPage(problem: problem, route: route, site: tenant).response : problem.response
            if error as? TenancyError == .servedElsewhere, request.headers[.pollsMoved] == Self.movedLocation {
                response.headers[.accelRedirect] = Self.movedLocation
            }
        }
        if request.method == .head { response = response.createHeadResponse() }
        requestLog.add(
            tenant: tenant,
            method: request.method.rawValue,
            route: route?.template ?? "-",
            status: response.status.code,
            microseconds: (ContinuousClock.now - start).microseconds
        )
        return response
    }

    /// The front door's place for requests whose tenant has moved meanwhile. It says that it has one.
    private static let movedLocation = "@moved"

    private func respond(
        _ route: Route?,
        _ request: Request,
        until deadline: ContinuousClock.Instant,
        _ tenant: inout String?
    ) async throws -> Response {
        // Probes come by address as well as by name.
        if route == .live || route == .ready { return try await probe(route, request) }
        guard let authority = request.head.authority, let host = hostGuard.host(authority) else {
            throw Problem.malformed("A request has one Host field, a host name that agrees with its target.")
        }
        if host == .base {
            guard route == .root, !directory.isOfOne else { throw Problem.notFound }
            try check(request, .root)
            return about()
        }
        let context = try await TenantContext(host, directory: directory, until: deadline)
        tenant = context.tenant.name
        guard let route else { throw Problem.notFound }
        // Programs have no business there.
        let prefersPage = request.prefersPage
        if route == .root, !prefersPage { throw Problem.notFound }
        try check(request, route)
        try OriginCheck.check(request, authority: authority)
        if prefersPage, let page = try await pages.respond(route, request, context) { return page }
        return try await api.respond(route, request, context)
    }

    private func check(_ request: Request, _ route: Route) throws {
        guard route.methods.contains(request.method) else { throw Problem.methodNotAllowed(route.methods) }
    }

    private func probe(_ route: Route?, _ request: Request) async throws -> Response {
        guard let route else { throw Problem.notFound }
        try check(request, route)
        if route == .ready {
            guard directory.isLoaded else { throw TenancyError.directoryUnavailable }
            do {
                try await readiness.check()
            } catch is LoginCheck.Refusal {
                throw Problem.unavailable("The registry is not at this program's version.", retryAfter: 5)
            }
        }
        var headers: HTTPFields = [.contentType: "application/json"]
        if route == .live, let nonce { headers[.pollsUpstream] = nonce }
        return Response(
            status: .ok,
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(staticString: "{\"status\":\"ok\"}"))
        )
    }

    private func about() -> Response {
        var json = JSONWriter()
        json.raw("{\"service\":\"polls\",\"address\":")
        json.string("NAME." + hostGuard.baseDomain + "/polls/")
        json.raw("}")
        return json.response()
    }
}
