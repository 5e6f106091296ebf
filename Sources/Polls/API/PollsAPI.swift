import HTTPTypes
import HummingbirdCore
import NIOCore
import Postgres

/// The polls API of one tenant: what each address answers.
struct PollsAPI: Sendable {
    let bodyBytes: Int

    func respond(_ route: Route, _ request: Request, _ context: TenantContext) async throws -> Response {
        let isRead = request.method == .get || request.method == .head
        switch route {
        case .polls: return try await isRead ? list(request, context) : create(request, context)
        case .poll(let id):
            if isRead { return try await show(id, context) }
            return try await request.method == .patch ? update(id, request, context) : delete(id, request, context)
        case .choices(let id):
            return try await isRead ? choices(id, context) : addChoice(id, request, context)
        case .vote(let poll, let choice): return try await vote(poll, choice, request, context)
        case .results(let id): return try await results(id, context)
        case .root, .live, .ready: throw Problem.notFound
        }
    }

    // MARK: Reading

    private func list(_ request: Request, _ context: TenantContext) async throws -> Response {
        let (after, limit) = try Page.read(request.uri.query)
        let rows = try await context.store.list(after: after, limit: limit)
        var json = JSONWriter(capacity: 64 + 96 * rows.count)
        json.raw("{\"questions\":[")
        var last: Int64?
        for (index, row) in rows.prefix(Int(limit)).enumerated() {
            if index > 0 { json.raw(",") }
            let id = try row.decode(Int64.self, at: 0)
            json.raw("{\"id\":")
            json.number(id)
            json.raw(",\"question\":")
            // The bytes go from libpq's memory to the answer's, with no string between.
            try row.withCell(at: 1) { cell in json.string(cell.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)) }
            json.raw(",\"publish_date\":")
            json.timestamp(try row.decode(Timestamp.self, at: 2))
            json.raw("}")
            last = id
        }
        json.raw("],\"next\":")
        if rows.count > Int(limit), let last { json.number(last) } else { json.raw("null") }
        json.raw("}")
        return json.negotiated()
    }

    private func show(_ id: Int64, _ context: TenantContext) async throws -> Response {
        var json = JSONWriter()
        json.poll(try await context.store.poll(id))
        return json.negotiated()
    }

    private func choices(_ id: Int64, _ context: TenantContext) async throws -> Response {
        var json = JSONWriter()
        json.raw("{\"choices\":")
        json.choices(try await context.store.choices(of: id))
        json.raw("}")
        return json.response()
    }

    private func results(_ id: Int64, _ context: TenantContext) async throws -> Response {
        let poll = try await context.store.poll(id)
        let total = poll.votes
        var json = JSONWriter()
        json.raw("{\"id\":")
        json.number(poll.id)
        json.raw(",\"question\":")
        json.string(poll.question)
        json.raw(",\"votes\":")
        json.number(total)
        json.raw(",\"results\":[")
        for (index, choice) in poll.choices.enumerated() {
            if index > 0 { json.raw(",") }
            json.raw("{\"id\":")
            json.number(choice.id)
            json.raw(",\"choice\":")
            json.string(choice.choice)
            json.raw(",\"votes\":")
            json.number(choice.votes)
            json.raw(",\"share\":")
            json.share(choice.votes, of: total)
            json.raw("}")
        }
        json.raw("]}")
        return json.negotiated()
    }

    // MARK: Writing

    private func create(_ request: Request, _ context: TenantContext) async throws -> Response {
        try await context.authorize(request)
        var context = context
        let body = try await context.body(of: request, upTo: bodyBytes)
        try body.allow(["question", "publish_date", "choices"])
        let poll = try await context.store.create(
            question: try body.requiredText("question"),
            publishDate: try body.timestamp("publish_date"),
            choices: try body.texts("choices")
        )
        var json = JSONWriter()
        json.raw("{\"saved_object\":")
        json.poll(poll)
        json.raw("}")
        return json.response(.created, [.location: "/polls/\(poll.id)/"])
    }

    private func update(_ id: Int64, _ request: Request, _ context: TenantContext) async throws -> Response {
        try await context.authorize(request)
        var context = context
        let body = try await context.body(of: request, upTo: bodyBytes)
        try body.allow(["question", "publish_date"])
        var json = JSONWriter()
        json.poll(
            try await context.store.update(
                id,
                question: try body.text("question"),
                publishDate: try body.timestamp("publish_date")
            )
        )
        return json.response()
    }

    private func delete(_ id: Int64, _ request: Request, _ context: TenantContext) async throws -> Response {
        try await context.authorize(request)
        try await context.store.delete(id)
        return Response(status: .noContent)
    }

    private func addChoice(_ id: Int64, _ request: Request, _ context: TenantContext) async throws -> Response {
        try await context.authorize(request)
        var context = context
        let body = try await context.body(of: request, upTo: bodyBytes)
        try body.allow(["choice"])
        let choice = try await context.store.addChoice(try body.requiredText("choice"), to: id)
        var json = JSONWriter()
        json.raw("{\"saved_object\":")
        json.choice(choice)
        json.raw("}")
        return json.response(.created, [.location: "/polls/\(id)/choices/"])
    }

    private func vote(
        _ poll: Int64,
        _ choice: Int64,
        _ request: Request,
        _ context: TenantContext
    ) async throws -> Response {
        let key = request.headers[.idempotencyKey]
        if let key { try Self.check(key: key) }
        let vote = try await context.store.vote(for: choice, of: poll, key: key)
        var json = JSONWriter()
        json.raw("{\"saved_object\":")
        if let voted = vote.choices.first(where: { $0.id == vote.choiceID }) {
            json.choice(voted)
        } else {
            json.raw("null")
        }
        json.raw(",\"choices\":")
        json.choices(vote.choices)
        json.raw("}")
        return json.response(.created)
    }

    /// - Throws: ``Problem`` 400.
    static func check(key: String) throws {
        let isFit = (1...200).contains(key.utf8.count) && key.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isFit else {
            throw Problem.malformed("An Idempotency-Key has 1 to 200 visible ASCII characters.")
        }
    }
}

extension JSONWriter {
    fileprivate mutating func poll(_ poll: Poll) {
        raw("{\"id\":")
        number(poll.id)
        raw(",\"question\":")
        string(poll.question)
        raw(",\"publish_date\":")
        timestamp(poll.publishDate)
        raw(",\"choices\":")
        choices(poll.choices)
        raw("}")
    }

    fileprivate mutating func choices(_ choices: [Choice]) {
        raw("[")
        for (index, choice) in choices.enumerated() {
            if index > 0 { raw(",") }
            self.choice(choice)
        }
        raw("]")
    }

    fileprivate mutating func choice(_ choice: Choice) {
        raw("{\"id\":")
        number(choice.id)
        raw(",\"choice\":")
        string(choice.choice)
        raw(",\"votes\":")
        number(choice.votes)
        raw("}")
    }

    /// The JSON as an answer at an address that has a page, too.
    func negotiated() -> Response {
        Response(status: .ok, headers: Self.negotiatedFields, body: .init(byteBuffer: buffer))
    }

    /// Made once: the list is what is asked for most.
    private static let negotiatedFields: HTTPFields = [.contentType: "application/json", .vary: "Accept"]

    /// The JSON as an answer.
    func response(_ status: HTTPResponse.Status = .ok, _ headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: .init(byteBuffer: buffer))
    }
}
