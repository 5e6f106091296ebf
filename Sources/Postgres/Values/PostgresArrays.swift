/// One-dimensional arrays, NULL elements as `nil` of an optional element.
extension Array: PostgresEncodable where Element: PostgresArrayElement {
    public var postgresType: PostgresType { Element.postgresArrayType }

    public func encode(into bytes: inout [UInt8]) -> Bool {
        // Dimensions, a flag for NULLs, the element's type, then each dimension's length and lower bound
        // (src/backend/utils/adt/arrayfuncs.c, array_recv).
        bytes.appendBigEndian(Int32(isEmpty ? 0 : 1))
        bytes.appendBigEndian(Int32(0))
        bytes.appendBigEndian(Element.postgresType.oid)
        guard !isEmpty else { return true }
        bytes.appendBigEndian(Int32(count))
        bytes.appendBigEndian(Int32(1))
        for element in self {
            let lengthAt = bytes.count
            bytes.appendBigEndian(Int32(-1))
            guard element.encode(into: &bytes) else { continue }
            let length = Int32(bytes.count - lengthAt - 4)
            Swift.withUnsafeBytes(of: length.bigEndian) { bytes.replaceSubrange(lengthAt..<lengthAt + 4, with: $0) }
        }
        return true
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    public init(cell: PostgresCell) throws {
        guard let bytes = cell.bytes else { throw PostgresError(.decoding, "NULL where an array was expected") }
        var reader = ArrayReader(bytes: bytes)
        let dimensions = try reader.int32()
        _ = try reader.int32()
        let elementType = PostgresType(oid: UInt32(bitPattern: try reader.int32()))
        guard dimensions <= 1 else { throw PostgresError(.decoding, "an array of \(dimensions) dimensions") }
        self = []
        guard dimensions == 1 else { return }
        let count = try reader.int32()
        guard count >= 0 else { throw PostgresError(.decoding, "an array of \(count) elements") }
        _ = try reader.int32()
        for _ in 0..<count {
            let length = try reader.int32()
            let value = length < 0 ? nil : try reader.take(Int(length))
            append(try Element(cell: PostgresCell(type: elementType, bytes: value)))
        }
    }
}

/// Walks over an array's binary format without ever reading past its end.
private struct ArrayReader {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count >= 0, offset + count <= bytes.count else {
            throw PostgresError(.decoding, "the value is no array: it ends early")
        }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    mutating func int32() throws -> Int32 {
        Int32(bigEndian: try take(4).loadUnaligned(as: Int32.self))
    }
}
