/// A unit of work: statements that are sent together, answered together, and are one transaction.
///
/// The statements travel in one round trip, ended by one Sync. If one fails, PostgreSQL skips the rest and rolls all
/// of it back (PostgreSQL manual, "Pipeline Mode"). Statements that control transactions do not belong in a segment.
public struct Segment: Sendable {
    /// Whose statements these are: prepared statements are kept apart by it, and queues are fair between owners.
    public var scope: StatementScope
    /// Goes before the statements, and its rows are dropped: it prepares the transaction, as by setting `search_path`.
    public var preamble: SQL?
    public var statements: [SQL]
    /// Only reads.
    public var isReadOnly: Bool
    /// Done twice is as done once, as for all that only reads: it is sent again, once, when its connection was lost.
    public var isRepeatable: Bool
    /// No answer by then is an error of code `deadlineExceeded`. `nil` takes the client's default.
    public var timeout: Duration?
    /// When whoever asks has to be told something, if that is before the timeout is over.
    public var deadline: ContinuousClock.Instant?

    public init(
        scope: StatementScope = .shared,
        preamble: SQL? = nil,
        statements: [SQL],
        isReadOnly: Bool = false,
        isRepeatable: Bool = false,
        timeout: Duration? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) {
        self.scope = scope
        self.preamble = preamble
        self.statements = statements
        self.isReadOnly = isReadOnly
        self.isRepeatable = isReadOnly || isRepeatable
        self.timeout = timeout
        self.deadline = deadline
    }
}

/// The owner of prepared statements: one tenant at one version of its schema.
public struct StatementScope: Sendable, Hashable {
    /// A number that is the owner's alone within the client's database, 0 for nobody's in particular.
    public let owner: UInt64
    /// Changes when the owner's tables do, so that old plans are left behind.
    public let generation: Int64

    public init(owner: UInt64, generation: Int64) {
        self.owner = owner
        self.generation = generation
    }

    public static let shared = StatementScope(owner: 0, generation: 0)
}
