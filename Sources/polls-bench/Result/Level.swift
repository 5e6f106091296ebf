/// How far a tenant is isolated from the others, from least to most.
enum Level: String, Codable, CaseIterable, Comparable, Sendable {
    case schema
    case database
    case container

    /// What a tenant of this level has to itself.
    var meaning: String {
        switch self {
        case .schema: "a schema of the shared database"
        case .database: "a database, behind the shared server"
        case .container: "a PostgreSQL and a server"
        }
    }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
}
