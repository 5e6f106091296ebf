/// nginx before the shared server: what it proxies to an empty handler, and what with a database behind it. Turn and turn
/// about, on 20 tenants with 20 questions each and 20 with none.
struct FrontMeasurement: Sendable {
    let seconds: Int
    let rounds: Int
    let seed: UInt64
    let progress: Progress

    func run(_ options: Site.Options) async throws -> FrontFigures {
        try await Site.with(options, level: .schema) { site in try await site.withFront { try await measure(site) } }
    }

    private func measure(_ site: Site) async throws -> FrontFigures {
        let full = (1...20).map { "full\($0)" }
        let empty = (1...20).map { "empty\($0)" }
        for name in full + empty { try await site.admin.create(name) }
        for name in full { try await site.fill(name) }
        let order = TrafficPattern.uniform.order(of: 20, seed: seed)
        func load(_ name: String, _ tenants: [String], _ path: String) throws -> Load {
            try Load(folder: site.folder, name: name, tenants: tenants, order: order, path: path)
        }
        let handler = try load("handler", full, "/livez")
        let questions = try load("questions", full, "/polls/")
        let list = try load("list", empty, "/polls/")
        var results: (handler: [Load.Result], questions: [Load.Result], list: [Load.Result]) = ([], [], [])
        for _ in 0..<max(rounds, 1) {
            results.handler.append(try await handler.run(port: site.port, seconds: seconds))
            results.questions.append(try await questions.run(port: site.port, seconds: seconds))
            results.list.append(try await list.run(port: site.port, seconds: seconds))
        }
        let figures = FrontFigures(
            emptyHandler: Traffic(results.handler),
            questions: Traffic(results.questions),
            emptyList: Traffic(results.list)
        )
        let ratio = figures.questions.requestsPerSecond / figures.emptyHandler.requestsPerSecond
        await progress.step("nginx and the shared server", "\(ratio.text())× of an empty handler")
        return figures
    }
}
