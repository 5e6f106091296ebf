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
        /// `nil`: no references.
        let byHandTenants: Int?
        let moveVotes: Int
        let runtimeReason: String
        /// The programs that are measured.
        let isOptimised: Bool
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
        progress = Progress(
            total: ComparisonPart.all(
                levels: plan.levels,
                counts: plan.counts,
                byHandTenants: plan.byHandTenants
            ).map(Self.steps).reduce(0, +)
        )
    }

    func measure() async throws -> Outcome {
        comparison = Comparison(
            run: ComparisonRun(
                date: Date().formatted(.iso8601),
                levels: plan.levels,
                counts: plan.counts,
                byHandTenants: plan.byHandTenants,
                seconds: plan.seconds,
                rounds: plan.rounds,
                seed: plan.seed,
                runtime: options.runtime,
                runtimeReason: plan.runtimeReason,
                build: plan.isOptimised ? "release" : "debug"
            ),
            machine: await Machine.here(nginx: BenchNginx.program)
        )
        print("containers: \(options.runtime.meaning) (\(plan.runtimeReason))")
        for level in plan.levels { try await measure(level) }
        if let tenants = plan.byHandTenants { try await measureReferences(byHandTenants: tenants) }
        try save()
        return Outcome(figures: comparison.map(Targets.judge) ?? [], failures: failures)
    }

    /// Lines of progress that a part makes.
    private static func steps(_ part: ComparisonPart) -> Int {
        if case .point = part { PointMeasurement.steps } else { 1 }
    }

    /// What does not fit into memory with so many tenants is not tried with more. What fails is: it may be an accident.
    private func measure(_ level: Level) async throws {
        for (index, count) in plan.counts.enumerated() {
            if let why = shortage(level, count) {
                for more in plan.counts[index...] { await leaveOut(.point(level, tenants: more), why) }
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
            let point = try await attempt(.point(level, tenants: count)) { [options] in
                try await measurement.run(options)
            }
            if let point { comparison?.points.append(point) }
            try save()
        }
    }

    private func measureReferences(byHandTenants: Int) async throws {
        let byHand = ByHandMeasurement(tenants: byHandTenants, progress: progress)
        comparison?.byHand = try await attempt(.byHand(tenants: byHandTenants)) { [options] in
            try await byHand.run(options)
        }
        try save()
        let front = FrontMeasurement(seconds: plan.seconds, rounds: plan.rounds, seed: plan.seed, progress: progress)
        comparison?.front = try await attempt(.front) { [options] in try await front.run(options) }
        try save()
        // Where no tenant can be made, none can be moved to.
        let levels = comparison?.levels ?? []
        for level in ComparisonPart.moves(plan.levels) where !levels.contains(level) {
            await leaveOut(.move(to: level), "no tenant of this level was measured")
        }
        let move = MoveMeasurement(votes: plan.moveVotes, levels: ComparisonPart.moves(levels), progress: progress)
        guard !move.levels.isEmpty else { return try save() }
        do { try await move.run(options) { try await self.add($0) } } catch {
            try Task.checkCancellation()
            let done = comparison?.moves.map(\.to) ?? []
            for level in move.levels where !done.contains(level) {
                await fail(.move(to: level), error, after: progress.done)
            }
        }
        try save()
    }

    private func add(_ move: MoveFigures) throws {
        comparison?.moves.append(move)
        try save()
    }

    /// What fails is left out, and said so; only an interruption ends the run.
    private func attempt<R: Sendable>(_ part: ComparisonPart, _ body: @Sendable () async throws -> R) async throws -> R?
    {
        let done = await progress.done
        do { return try await body() } catch {
            try Task.checkCancellation()
            await fail(part, error, after: done)
            return nil
        }
    }

    /// - Parameter done: steps of progress before this part.
    private func fail(_ part: ComparisonPart, _ error: any Error, after done: Int) async {
        let why = "\(error)".split(separator: "\n").joined(separator: " ")
        failures.append("\(part.name): \(why)")
        await leaveOut(part, why, after: done)
    }

    private func leaveOut(_ part: ComparisonPart, _ why: String, after done: Int? = nil) async {
        comparison?.omitted.append(.init(what: part.name, why: why))
        let before = if let done { done } else { await progress.done }
        await progress.skip(to: before + Self.steps(part), part.name, why)
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
