import FoundationEssentials

extension UUID: PostgresArrayElement {
    public static var postgresType: PostgresType { .uuid }
    public static var postgresArrayType: PostgresType { .uuidArray }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
        return true
    }
    public init(cell: PostgresCell) throws {
        let bytes = try cell.require(.uuid)
        guard bytes.count == 16 else { throw PostgresError(.decoding, "\(bytes.count) bytes are no UUID") }
        self.init(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}

/// A moment, to the microsecond: PostgreSQL's `timestamptz`.
public struct Timestamp: PostgresArrayElement, Comparable, Hashable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    /// 2000-01-01, PostgreSQL's own epoch, on this scale.
    private static let postgresEpoch: Int64 = 946_684_800_000_000

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    public static var postgresType: PostgresType { .timestamptz }
    public static var postgresArrayType: PostgresType { .timestamptzArray }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(microseconds &- Self.postgresEpoch)
        return true
    }
    public init(cell: PostgresCell) throws {
        let value = try cell.integer(Int64.self, from: cell.require(.timestamptz))
        // PostgreSQL's last years, and `infinity`, are later than this scale's end.
        let (sum, isBeyond) = value.addingReportingOverflow(Self.postgresEpoch)
        microseconds = isBeyond ? .max : sum
    }
}

/// A JSON document as text: PostgreSQL's `json` and `jsonb`.
public struct JSONText: PostgresArrayElement, Hashable {
    public var text: String

    public init(_ text: String) { self.text = text }

    public static var postgresType: PostgresType { .json }
    public static var postgresArrayType: PostgresType { .jsonArray }
    public func encode(into bytes: inout [UInt8]) -> Bool { text.encode(into: &bytes) }
    public init(cell: PostgresCell) throws {
        let bytes = try cell.require(oneOf: [.json, .jsonb])
        // jsonb's binary format is a version byte, 1, and the text.
        let start = cell.type == .jsonb ? 1 : 0
        guard start == 0 || bytes.first == 1 else { throw PostgresError(.decoding, "unknown version of jsonb") }
        text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start...]), as: UTF8.self)
    }
}

/// Bytes: PostgreSQL's `bytea`.
public struct Bytes: PostgresArrayElement, Hashable {
    public var bytes: [UInt8]

    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    public static var postgresType: PostgresType { .bytea }
    public static var postgresArrayType: PostgresType { .byteaArray }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(contentsOf: self.bytes)
        return true
    }
    public init(cell: PostgresCell) throws { bytes = Array(try cell.require(.bytea)) }
}
