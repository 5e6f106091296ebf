/// A part of a comparison: it is measured as a whole, or lacks as a whole.
enum ComparisonPart: Hashable, Sendable {
    case point(Level, tenants: Int)
    case byHand(tenants: Int)
    case front
    case move(to: Level)

    /// In the order in which they are measured.
    static func all(levels: [Level], counts: [Int], byHandTenants: Int?) -> [ComparisonPart] {
        let points = levels.flatMap { level in counts.map { ComparisonPart.point(level, tenants: $0) } }
        guard let byHandTenants else { return points }
        return points + [.byHand(tenants: byHandTenants), .front] + moves(levels).map { .move(to: $0) }
    }

    /// To where a tenant is moved: the levels beyond the first, in turn.
    static func moves(_ levels: [Level]) -> [Level] { levels.filter { $0 != .schema } }

    var name: String {
        switch self {
        case .point(let level, let tenants): "\(level.rawValue) × \(tenants)"
        case .byHand(let tenants): "by hand × \(tenants)"
        case .front: "nginx and the shared server"
        case .move(let level): "move to \(level.rawValue)"
        }
    }
}
