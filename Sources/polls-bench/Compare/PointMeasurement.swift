/// Measures so many tenants of one level, in a deployment of their own.
struct PointMeasurement: Sendable {
    let level: Level
    let tenants: Int
    let seconds: Int
    let rounds: Int
    let seed: UInt64
    let progress: Progress

    /// Lines of progress that ``run(_:)`` makes.
    static let steps = 6

    func run(_ options: Site.Options) async throws -> LevelPoint {
        try await Site.with(options, level: level) { site in
            let base = try await site.withFront { try await settled(site) }
            return try await site.withLevelFront { try await measure(site, base: base) }
        }
    }

    private var names: [String] { (1...tenants).map { "t\($0)" } }

    private func measure(_ site: Site, base: Footprint) async throws -> LevelPoint {
        var created: [Double] = []
        for name in names { created.append(try await site.create(name)) }
        await progress.step(title("created"), "\(Units.seconds(median(created))) a tenant")

        for name in names { try await site.fill(name) }
        try await warm(site)
        let full = try await settled(site)
        let own = Double(full.memory - base.memory) / Double(tenants)
        await progress.step(title("memory"), "\(Units.bytes(own)) a tenant, \(full.processes) processes")

        let uniform = try await traffic(.uniform, site)
        await progress.step(title("all alike"), text(uniform))
        let skewed = try await traffic(.skewed, site)
        await progress.step(title("a few busy"), text(skewed))

        try await MigrationReset(site: site).run(names)
        let migrate = try await site.admin.migrateAll(tenants)
        await progress.step(title("migrated all"), Units.seconds(migrate))

        // At the end: PostgreSQL takes its time to recover. The reset took all rows.
        for name in names where tenants > 1 { try await site.fill(name) }
        let blast = BlastMeasurement(site: site, tenants: names, seconds: seconds)
        let overloaded = tenants > 1 ? try await blast.overload() : nil
        let killed = tenants > 1 ? try await blast.killDatabase() : nil
        await progress.step(title("blast radius"), text(killed, overloaded))

        return LevelPoint(
            level: level,
            tenants: tenants,
            createSeconds: created,
            base: base,
            full: full,
            uniform: uniform,
            skewed: skewed,
            migrateSeconds: migrate,
            killed: killed,
            overloaded: overloaded
        )
    }

    /// Each tenant is asked a few times, so that what it needs in memory is there.
    private func warm(_ site: Site) async throws {
        for _ in 0..<20 {
            for name in names {
                let answer = await LoopbackHTTP.asked(port: site.port, host: name + ".polls.localhost", path: "/polls/")
                guard answer?.status == 200 else {
                    throw CompareFailure(
                        "\(name) answered \(answer.map { "\($0.status)" } ?? "nothing") before any load",
                        next: "See what its server logs."
                    )
                }
            }
        }
    }

    /// The footprint, once the processes that only come and go have gone.
    private func settled(_ site: Site) async throws -> Footprint {
        var last = try await site.footprint()
        for _ in 0..<20 {
            try await Task.sleep(for: .milliseconds(100))
            let next = try await site.footprint()
            let isSame = next.processes == last.processes && next.connections == last.connections
            let change = abs(next.memory - last.memory)
            last = next
            if isSame && change < last.memory / 500 { break }
        }
        return last
    }

    private func traffic(_ pattern: TrafficPattern, _ site: Site) async throws -> Traffic {
        let load = try Load(
            folder: site.folder,
            name: "\(pattern)",
            tenants: names,
            order: pattern.order(of: tenants, seed: seed),
            path: "/polls/"
        )
        var results: [Load.Result] = []
        for _ in 0..<rounds { results.append(try await load.run(port: site.port, seconds: seconds)) }
        return Traffic(results)
    }

    private func title(_ step: String) -> String { "\(level.rawValue) × \(tenants): \(step)" }

    private func text(_ traffic: Traffic) -> String {
        "\(Units.count(traffic.requestsPerSecond))/s, p99 \(Units.milliseconds(traffic.p99))"
            + (traffic.failed > 0 ? ", \(traffic.failed) failed" : "")
    }

    private func text(_ killed: KilledDatabase?, _ overloaded: OverloadedTenant?) -> String {
        guard let killed, let overloaded else { return "nobody else is there" }
        return "killed: \(killed.others.failed) of \(killed.others.asked) failed at others; "
            + "overloaded: p99 \(Units.milliseconds(overloaded.p99)) at others"
    }
}
