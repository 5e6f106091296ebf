/// A value that can be a statement's parameter.
public protocol PostgresEncodable: Sendable {
    /// Type the parameter is sent as.
    var postgresType: PostgresType { get }
    /// Appends the value in PostgreSQL's binary format; returns false, appending nothing, for NULL.
    func encode(into bytes: inout [UInt8]) -> Bool
}

/// A value that a column can be decoded to.
public protocol PostgresDecodable {
    /// - Throws: ``PostgresError`` with code `decoding`.
    init(cell: PostgresCell) throws
}

/// A value whose arrays can be sent and decoded too.
public protocol PostgresArrayElement: PostgresEncodable, PostgresDecodable {
    static var postgresType: PostgresType { get }
    static var postgresArrayType: PostgresType { get }
}

extension PostgresArrayElement {
    public var postgresType: PostgresType { Self.postgresType }
}

extension PostgresCell {
    /// The bytes, when the column has this type and is not NULL.
    func require(_ wanted: PostgresType) throws -> UnsafeRawBufferPointer {
        try require(wanted, if: type == wanted)
    }

    /// The bytes, when the column has one of these types and is not NULL.
    func require(oneOf types: [PostgresType]) throws -> UnsafeRawBufferPointer {
        try require(types[0], if: types.contains(type))
    }

    private func require(_ wanted: PostgresType, if isWanted: Bool) throws -> UnsafeRawBufferPointer {
        guard isWanted else {
            throw PostgresError(.decoding, "a value of type \(type.oid) is not of type \(wanted.oid)")
        }
        guard let bytes else { throw PostgresError(.decoding, "NULL where a value was expected") }
        return bytes
    }

    func integer<T: FixedWidthInteger>(_ type: T.Type, from bytes: UnsafeRawBufferPointer) throws -> T {
        guard bytes.count == MemoryLayout<T>.size else {
            throw PostgresError(.decoding, "\(bytes.count) bytes where \(MemoryLayout<T>.size) were expected")
        }
        return T(bigEndian: bytes.loadUnaligned(as: T.self))
    }
}

extension Array where Element == UInt8 {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension Bool: PostgresArrayElement {
    public static var postgresType: PostgresType { .bool }
    public static var postgresArrayType: PostgresType { .boolArray }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(self ? 1 : 0)
        return true
    }
    public init(cell: PostgresCell) throws { self = try cell.integer(UInt8.self, from: cell.require(.bool)) != 0 }
}

extension Int16: PostgresArrayElement {
    public static var postgresType: PostgresType { .int2 }
    public static var postgresArrayType: PostgresType { .int2Array }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(self)
        return true
    }
    public init(cell: PostgresCell) throws { self = try cell.integer(Int16.self, from: cell.require(.int2)) }
}

extension Int32: PostgresArrayElement {
    public static var postgresType: PostgresType { .int4 }
    public static var postgresArrayType: PostgresType { .int4Array }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(self)
        return true
    }
    public init(cell: PostgresCell) throws { self = try cell.integer(Int32.self, from: cell.require(.int4)) }
}

extension Int64: PostgresArrayElement {
    public static var postgresType: PostgresType { .int8 }
    public static var postgresArrayType: PostgresType { .int8Array }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(self)
        return true
    }
    public init(cell: PostgresCell) throws { self = try cell.integer(Int64.self, from: cell.require(.int8)) }
}

/// `oid` columns.
extension UInt32: PostgresEncodable, PostgresDecodable {
    public var postgresType: PostgresType { .oid }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(self)
        return true
    }
    public init(cell: PostgresCell) throws { self = try cell.integer(UInt32.self, from: cell.require(.oid)) }
}

extension Double: PostgresArrayElement {
    public static var postgresType: PostgresType { .float8 }
    public static var postgresArrayType: PostgresType { .float8Array }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.appendBigEndian(bitPattern)
        return true
    }
    public init(cell: PostgresCell) throws {
        self.init(bitPattern: try cell.integer(UInt64.self, from: cell.require(.float8)))
    }
}

/// `text`, `varchar`, `char(n)`, `name`, `json` and unknown literals, all of them UTF-8.
extension String: PostgresArrayElement {
    public static var postgresType: PostgresType { .text }
    public static var postgresArrayType: PostgresType { .textArray }
    public func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(contentsOf: utf8)
        return true
    }
    public init(cell: PostgresCell) throws {
        self = String(decoding: try cell.require(oneOf: Self.readableTypes), as: UTF8.self)
    }
    private static let readableTypes: [PostgresType] = [.text, .varchar, .bpchar, .name, .json, PostgresType(oid: 705)]
}

extension Optional: PostgresEncodable where Wrapped: PostgresArrayElement {
    public var postgresType: PostgresType { Wrapped.postgresType }
    public func encode(into bytes: inout [UInt8]) -> Bool { self?.encode(into: &bytes) ?? false }
}

/// In an array, `nil` is an element that is NULL.
extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {
    public static var postgresType: PostgresType { Wrapped.postgresType }
    public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public init(cell: PostgresCell) throws { self = cell.bytes == nil ? nil : try Wrapped(cell: cell) }
}
