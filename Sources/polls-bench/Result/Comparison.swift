/// What one run of `polls-bench compare` measured: the content of result.json.
struct Comparison: Codable, Equatable, Sendable {
    /// The version of this form. A file of another one is refused.
    static let currentFormat = 2

    var format = currentFormat
    var run: ComparisonRun
    var machine: Machine
    /// By level, then by number of tenants.
    var points: [LevelPoint] = []
    /// What was left out, each with its reason. What lacks without one was not reached: ``lacking``.
    var omitted: [Omission] = []
    var byHand: ByHandFigures?
    var front: FrontFigures?
    var moves: [MoveFigures] = []

    /// Something that was asked for and not measured.
    struct Omission: Codable, Equatable, Sendable {
        let what: String
        let why: String
    }

    /// What was asked for and is not there, with its reasons; what has the same reason is together.
    var lacking: [Omission] {
        let done = Set(
            points.map { ComparisonPart.point($0.level, tenants: $0.tenants) }
                + [byHand.map { .byHand(tenants: $0.tenants) }, front.map { _ in .front }].compactMap(\.self)
                + moves.map { .move(to: $0.to) }
        )
        let reasons = Dictionary(omitted.map { ($0.what, $0.why) }) { first, _ in first }
        return run.parts.filter { !done.contains($0) }.map(\.name).reduce(into: []) { found, name in
            let why = reasons[name] ?? "the run ended before"
            if let last = found.last, last.why == why {
                found[found.count - 1] = Omission(what: last.what + ", " + name, why: why)
            } else {
                found.append(Omission(what: name, why: why))
            }
        }
    }

    var levels: [Level] { Level.allCases.filter { level in points.contains { $0.level == level } } }

    var counts: [Int] { Set(points.map(\.tenants)).sorted() }

    func points(of level: Level) -> [LevelPoint] {
        points.filter { $0.level == level }.sorted { $0.tenants < $1.tenants }
    }

    func point(_ level: Level, tenants: Int) -> LevelPoint? {
        points.first { $0.level == level && $0.tenants == tenants }
    }

    /// The number of tenants at which levels are compared in one sentence: `preferred` where the least and the most
    /// isolated level have it, else the largest that both have.
    func sharedCount(preferring preferred: Int = 20) -> Int? {
        let ends = [levels.first, levels.last].compactMap(\.self)
        let common = counts.filter { count in ends.allSatisfy { point($0, tenants: count) != nil } }
        return common.contains(preferred) ? preferred : common.last
    }
}
