import Tenancy

/// Something that an audit found to be other than it should be.
public struct Finding: Sendable, Equatable {
    public let code: Code
    public let severity: Severity
    /// The tenant's name; `nil`: it is no tenant's alone.
    public let tenant: String?
    /// What it is about, as people name it: `schema "potter"`, `server asgard`.
    public let object: String
    /// What is wrong, without a full stop.
    public let message: String
    /// What to do next, as a sentence.
    public let next: String
    /// The single points of a message that sums several up.
    public let details: [String]

    init(
        _ code: Code,
        _ severity: Severity = .error,
        tenant: String? = nil,
        at object: String,
        _ message: String,
        next: String,
        details: [String] = []
    ) {
        self.code = code
        self.severity = severity
        self.tenant = tenant
        self.object = object
        self.message = message
        self.next = next
        self.details = details
    }

    /// How much it matters.
    public enum Severity: String, Sendable, Comparable {
        /// Worth knowing; nothing has to be done.
        case notice
        /// It will get in somebody's way.
        case warning
        /// A tenant is not served, not whole or not kept apart.
        case error

        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .notice: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    /// Several points as one text: the first of them, and how many more there are.
    static func summary(_ points: [String], limit: Int = 4) -> String {
        let shown = points.prefix(limit).joined(separator: "; ")
        return points.count > limit ? "\(shown); and \(points.count - limit) more" : shown
    }
}
