import Postgres
import Tenancy

/// What a move would do, and how; nothing has been changed yet.
public struct MovePlan: Sendable {
    /// How the rows get across.
    public enum Method: String, Sendable {
        /// While the tenant is live: a snapshot, and the changes since from the server's log. A short pause at the end.
        case replicate
        /// All of it within the pause.
        case copy
    }

    /// A table that would be copied.
    public struct Table: Sendable {
        public let name: String
        /// Counted, or estimated where the table is large.
        public let rows: Int64
        /// On disk, indexes included.
        public let bytes: Int64
    }

    public let tenant: TenantRecord
    public let from: Destination
    public let to: Destination
    public let tables: [Table]
    public let method: Method
    /// Why the method is not `replicate`; `nil` when it is.
    public let reason: String?

    public var rows: Int64 { tables.reduce(0) { $0 + $1.rows } }
    public var bytes: Int64 { tables.reduce(0) { $0 + $1.bytes } }
}

extension TenantRecord {
    /// Where it lives.
    public var place: Destination { Destination(level: level, server: server) }
}
