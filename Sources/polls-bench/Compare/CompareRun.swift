import FoundationEssentials

/// A whole comparison: every level and number of tenants, then the references. The results are written after each, so
/// that an end before the end leaves what was measured.
actor CompareRun {
    struct Plan: Sendable {
        let levels: [Level]
        let counts: [Int]
        let seconds: Int
        let rounds: Int
        let seed: UInt64
        let references: Bool
        let byHandTenants: Int
        let moveVotes: Int
        let runtimeReason: String
    }

    struct Outcome: Sendable {
        let figures: [Figure]
        /// What was left out for another reason than memory.
        let failures: [String]
    }

    private let plan: Plan
    private let options: Site.Options
    private let output: String
    private let progress: Progress
    private var comparison: Comparison?
    private var failures: [String] = []

    init(plan: Plan, options: Site.Options, output: String) {
        self.plan = plan
        self.options = options
        self.output = output
        let references = ByHandMeasurement.steps + FrontMeasurement.steps + Self.moves(plan.levels).count
        progress = Progress(
            total: plan.levels.count * plan.counts.count * PointMeasurement.steps + (plan.references ? references : 0)
        )
    }

    func measure() async throws -> Outcome {
        comparison = Comparison(
            run: ComparisonRun(
                date: Date().formatted(.iso8601),
                seconds: plan.seconds,
                rounds: plan.rounds,
                seed: plan.seed,
                runtime: options.runtime,
                runtimeReason: plan.runtimeReason,
                build: options.programs.contains("debug") ? "debug" : "release"
            ),
            machine: await Machine.here(nginx: BenchNginx.program)
        )
        print("containers: \(options.runtime.meaning) (\(plan.runtimeReason))")
        for level in plan.levels { try await measure(level) }
        if plan.references { try await measureReferences() }
        try save()
        return Outcome(figures: comparison.map(Targets.judge) ?? [], failures: failures)
    }

    /// What does not fit or fails with so many tenants is not tried with more.
    private func measure(_ level: Level) async throws {
        for (index, count) in plan.counts.enumerated() {
            let left = plan.counts[index...]
            let what = "\(level.rawValue) × \(left.map(String.init).joined(separator: ", "))"
            let steps = PointMeasurement.steps * left.count
            if let why = shortage(level, count) {
                comparison?.omitted.append(.init(what: what, why: why))
                await progress.skip(steps, what, why)
                return
            }
            let measurement = PointMeasurement(
                level: level,
                tenants: count,
                seconds: plan.seconds,
                rounds: plan.rounds,
                seed: plan.seed,
                progress: progress
            )
            let point = try await attempt(what, steps: steps) { [options] in try await measurement.run(options) }
            guard let point else { return }
            comparison?.points.append(point)
            try save()
        }
    }

    private func measureReferences() async throws {
        let byHand = ByHandMeasurement(tenants: plan.byHandTenants, progress: progress)
        comparison?.byHand = try await attempt("by hand × \(plan.byHandTenants)", steps: ByHandMeasurement.steps) {
            [options] in try await byHand.run(options)
        }
        let front = FrontMeasurement(seconds: plan.seconds, rounds: plan.rounds, seed: plan.seed, progress: progress)
        comparison?.front = try await attempt("nginx and the shared server", steps: FrontMeasurement.steps) {
            [options] in
            try await front.run(options)
        }
        try save()
        // Where no tenant can be made, none can be moved to.
        let levels = Self.moves(comparison?.levels ?? [])
        let unreachable = Self.moves(plan.levels).count - levels.count
        if unreachable > 0 { await progress.skip(unreachable, "moves", "the level was left out") }
        guard !levels.isEmpty else { return }
        let move = MoveMeasurement(votes: plan.moveVotes, levels: levels, progress: progress)
        _ = try await attempt("moves", steps: levels.count) { [options] in
            try await move.run(options) { await self.add($0) }
        }
    }

    private func add(_ move: MoveFigures) { comparison?.moves.append(move) }

    /// To where a tenant is moved: the levels beyond the first, in turn.
    private static func moves(_ levels: [Level]) -> [Level] { levels.filter { $0 != .schema } }

    /// What failed is left out, and said so; only an interruption ends the run.
    private func attempt<R: Sendable>(
        _ what: String,
        steps: Int,
        _ body: @Sendable () async throws -> R
    ) async throws -> R? {
        do { return try await body() } catch {
            try Task.checkCancellation()
            let why = "\(error)".split(separator: "\n").joined(separator: " ")
            comparison?.omitted.append(.init(what: what, why: why))
            failures.append("\(what): \(why)")
            await progress.skip(steps, what, why)
            return nil
        }
    }

    /// Why so many tenants do not fit into the memory that is free. `nil`: they do.
    private func shortage(_ level: Level, _ count: Int) -> String? {
        let known = comparison?.points(of: level).last?.memoryPerTenant
        // Before the first measurement, what is usual.
        let usual: [Level: Double] = [.schema: 2e6, .database: 12e6, .container: 90e6]
        let needed = Double(count) * (known.map { max($0, 1e5) } ?? usual[level] ?? 0) * 1.2 + 300e6
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let free = Double(MemoryInfo(text).available)
        guard needed > free else { return nil }
        return "about \(Units.bytes(needed)) of memory would be needed, and \(Units.bytes(free)) are free"
    }

    private func save() throws {
        guard let comparison else { return }
        try ComparisonFile.write(comparison, to: output)
    }
}
