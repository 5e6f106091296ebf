/// Which level fits a fleet, what it costs and where it breaks, by a comparison's measurements.
struct Plan: Encodable, Equatable, Sendable {
    let question: PlanQuestion
    let levels: [LevelAnswer]
    /// The most isolated level that holds the whole fleet. `nil`: none does.
    let recommended: Level?
    /// What else the memory allows: most tenants at the cheapest level that fits, and some of them more isolated.
    let mixes: [Mix]
    /// What is to be known about these figures.
    let cautions: [String]

    /// All tenants at one level.
    struct LevelAnswer: Encodable, Equatable, Sendable {
        let level: Level
        let fits: Bool
        /// Why not.
        let obstacles: [String]
        /// Bytes.
        let memory: Double
        let disk: Double
        let processes: Int
        let connections: Int
        /// Seconds, for all of them one after the other.
        let createSeconds: Double
        let migrateSeconds: Double?
        /// A second, on the machine of the comparison.
        let servedPerSecond: Double
        /// What ends first, and at how many tenants.
        let limits: [Limit]
        /// The largest number of tenants that was measured.
        let measuredUpTo: Int
    }

    struct Limit: Encodable, Equatable, Sendable {
        let what: String
        /// `nil`: at no number that anybody has.
        let tenants: Int?
    }

    struct Mix: Encodable, Equatable, Sendable {
        let level: Level
        let of: Level
        let tenants: Int
    }

    init(_ question: PlanQuestion, by comparison: Comparison) {
        self.question = question
        let models = Level.allCases.compactMap {
            LevelModel($0, in: comparison, serverConnections: question.serverConnections)
        }
        levels = models.map { Self.answer($0, question, comparison.run.runtime) }
        let fitting = levels.filter(\.fits).map(\.level)
        recommended = fitting.last
        mixes = Self.mixes(models, question, fitting: fitting)
        cautions = Self.cautions(models, question, comparison)
    }

    private static func answer(
        _ model: LevelModel,
        _ question: PlanQuestion,
        _ runtime: ComparisonRun.Runtime
    ) -> LevelAnswer {
        let tenants = question.tenants
        var limits = [Limit(what: "memory", tenants: model.memory.tenants(within: question.usableMemory))]
        if model.level == .container {
            if runtime == .docker { limits.append(Limit(what: "subnets", tenants: PlanQuestion.subnets)) }
        } else {
            let most = Double(question.maxConnections - PlanQuestion.spareConnections)
            limits.append(Limit(what: "max_connections", tenants: model.connections.tenants(within: most)))
        }
        limits.sort { ($0.tenants ?? .max) < ($1.tenants ?? .max) }
        let rate = model.rate(at: tenants)
        var obstacles = limits.compactMap { limit in
            limit.tenants.flatMap { $0 < tenants ? "\(limit.what) ends at \(Units.tenants($0))" : nil }
        }
        if !(rate >= question.requestsPerSecond) {
            obstacles.append(
                "\(Units.count(question.requestsPerSecond)) requests a second are more than the "
                    + "\(Units.count(rate)) that were measured"
            )
        }
        return LevelAnswer(
            level: model.level,
            fits: obstacles.isEmpty,
            obstacles: obstacles,
            memory: model.memory.value(at: tenants),
            disk: model.disk.value(at: tenants),
            processes: Int(model.processes.value(at: tenants).rounded()),
            connections: Int(model.connections.value(at: tenants).rounded()),
            createSeconds: model.create * Double(tenants),
            migrateSeconds: model.migrate?.value(at: tenants),
            servedPerSecond: rate,
            limits: limits,
            measuredUpTo: model.measuredUpTo
        )
    }

    /// How many of the fleet could be more isolated, in the memory that the cheapest level leaves.
    private static func mixes(_ models: [LevelModel], _ question: PlanQuestion, fitting: [Level]) -> [Mix] {
        guard let cheapest = models.first(where: { fitting.contains($0.level) }) else { return [] }
        return models.filter { $0.level > cheapest.level && !fitting.contains($0.level) }.compactMap { model in
            // All of them stay counted at the cheaper level as well: the old places are kept for a while after a move.
            let rest = question.usableMemory - cheapest.memory.value(at: question.tenants)
            var most = model.memory.tenants(within: Double(model.base.memory) + rest)
            if model.level == .database {
                let connections = Double(question.maxConnections - PlanQuestion.spareConnections)
                let left = connections - cheapest.connections.value(at: question.tenants)
                let allowed = model.connections.tenants(within: Double(model.base.connections) + left)
                most = [most, allowed].compactMap(\.self).min()
            } else {
                most = min(most ?? PlanQuestion.subnets, PlanQuestion.subnets)
            }
            let tenants = min(most ?? question.tenants, question.tenants)
            return tenants > 0 ? Mix(level: model.level, of: cheapest.level, tenants: tenants) : nil
        }
    }

    private static func cautions(
        _ models: [LevelModel],
        _ question: PlanQuestion,
        _ comparison: Comparison
    ) -> [String] {
        var cautions: [String] = []
        for model in models where question.tenants > model.measuredUpTo {
            let times = Units.short(Double(question.tenants) / Double(model.measuredUpTo))
            cautions.append(
                "\(model.level.rawValue): measured with up to \(Units.tenants(model.measuredUpTo)); "
                    + "\(Units.count(question.tenants)) is \(times)× that. Costs go on in a straight line, and the rate "
                    + "as at the last measurement."
            )
        }
        let missing = Level.allCases.filter { level in !models.contains { $0.level == level } }
        if !missing.isEmpty {
            cautions.append("\(missing.map(\.rawValue).joined(separator: " and ")): not measured.")
        }
        cautions.append(
            "Requests a second are those of \(comparison.machine.processor) with \(comparison.machine.cores) cores, "
                + "which also made the load. Tenants had 20 questions each; larger ones take more disk and memory."
        )
        if !comparison.lacking.isEmpty {
            cautions.append("The comparison lacks \(comparison.lacking.map(\.what).joined(separator: ", ")).")
        }
        if comparison.run.build != "release" { cautions.append("Programs that were not optimised were measured.") }
        return cautions
    }
}
