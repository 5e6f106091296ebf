import FoundationEssentials
import Postgres
import Tenancy

/// The first line of an archive, as JSON: whose it is, and what a restore has to know before the rows come.
///
/// An archive is one stream of bytes, in this order:
/// 1. this header, and a line feed;
/// 2. for each of its tables, in its order: frames of `D`, the length in four bytes, the most significant first, and so many
///    bytes of PostgreSQL's text format of COPY; then a frame of `E` with the length zero;
/// 3. a frame of `Z`, with an ``ArchiveTrailer`` as JSON;
/// 4. the 32 bytes of the SHA-256 of all before them.
///
/// It holds what the tenant's tables hold: hashes of API tokens too, and never a token.
public struct ArchiveHeader: Codable, Sendable, Equatable {
    static let format = "tenant-archive"
    static let formatVersion = 1

    /// What tells an archive from another file: `tenant-archive`.
    public let format: String
    public let formatVersion: Int
    /// The tenant's name.
    public let tenant: String
    /// The moment that the archive shows, in RFC 3339.
    public let archivedAt: String
    /// At which level the tenant lived.
    public let level: String
    /// What the product keeps for it: a JSON object.
    public let settings: String
    /// Hosts that led to it beside its own subdomain.
    public let domains: [String]
    /// What was applied to its schema, by version.
    public let migrations: [AppliedVersion]
    /// Each after those that its foreign keys lead to.
    public let tables: [Table]
    public let sequences: [SequenceValue]
    /// What its schema is made of, one line a thing.
    public let outline: [String]

    /// A migration of the tenant's ledger.
    public struct AppliedVersion: Codable, Sendable, Equatable {
        public let version: Int32
        /// SHA-256 of the migration's file, in hex.
        public let checksum: String
    }

    /// A table whose rows follow.
    public struct Table: Codable, Sendable, Equatable {
        public let name: String
        public let columns: [Column]
    }

    public struct Column: Codable, Sendable, Equatable {
        public let name: String
        /// As SQL writes it, such as `character varying(256)`.
        public let type: String
    }

    /// The version of its schema.
    public var schemaVersion: Int32 { migrations.last?.version ?? 0 }

    var ledger: Ledger { Ledger(entries: migrations.map { .init(version: $0.version, checksum: $0.checksum) }) }

    /// The name of a file for it, which sorts by tenant and time.
    public var fileName: String {
        let moment = archivedAt.filter { $0 != "-" && $0 != ":" }
        return "\(tenant)-\(moment).tenant"
    }
}

extension ArchiveHeader.Table {
    init(_ shape: TableShape) {
        name = shape.name.name
        columns = shape.columns.map { ArchiveHeader.Column(name: $0.name.name, type: $0.type) }
    }

    /// The columns, as a list in SQL.
    func columnList() throws -> String { try columns.map { try Identifier($0.name).quoted }.joined(separator: ", ") }
}

/// What an archive ends with: how many rows each of its tables has.
public struct ArchiveTrailer: Codable, Sendable, Equatable {
    /// By the tables' order.
    public let rows: [Int64]

    /// In all tables.
    public var total: Int64 { rows.reduce(0, +) }
}
