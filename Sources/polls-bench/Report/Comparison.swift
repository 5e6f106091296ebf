/// What one run of `polls-bench compare` measured: the content of result.json.
struct Comparison: Codable, Equatable, Sendable {
    /// The version of this form. A file of another one is refused.
    static let currentFormat = 1

    var format = currentFormat
    var run: ComparisonRun
    var machine: Machine
    /// By level, then by number of tenants.
    var points: [LevelPoint] = []
    /// What was asked for and not measured, each with its reason.
    var omitted: [Omission] = []
    var byHand: ByHandFigures?
    var front: FrontFigures?
    var moves: [MoveFigures] = []

    /// Something that was asked for and not measured.
    struct Omission: Codable, Equatable, Sendable {
        let what: String
        let why: String
    }

    var levels: [Level] { Level.allCases.filter { level in points.contains { $0.level == level } } }

    var counts: [Int] { Set(points.map(\.tenants)).sorted() }

    func points(of level: Level) -> [LevelPoint] {
        points.filter { $0.level == level }.sorted { $0.tenants < $1.tenants }
    }

    func point(_ level: Level, tenants: Int) -> LevelPoint? {
        points.first { $0.level == level && $0.tenants == tenants }
    }

    /// The number of tenants at which levels are compared in one sentence: `preferred` where every level has it, else the
    /// largest that they all have.
    func sharedCount(preferring preferred: Int = 20) -> Int? {
        let common = counts.filter { count in levels.allSatisfy { point($0, tenants: count) != nil } }
        return common.contains(preferred) ? preferred : common.last
    }
}
