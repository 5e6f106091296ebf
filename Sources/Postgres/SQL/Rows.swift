/// The answer to one statement: its rows, and what its command tag says. Values stay in libpq's memory until decoded.
public final class Rows: Sendable, RandomAccessCollection {
    let result: ResultHandle

    init(_ result: ResultHandle) { self.result = result }

    public var startIndex: Int { 0 }
    public var endIndex: Int { result.rowCount }
    public subscript(position: Int) -> Row { Row(rows: self, index: position) }

    /// Names of the columns, in order.
    public var columns: [String] { (0..<result.columnCount).map { result.columnName($0) } }
    /// How many rows an INSERT, UPDATE, DELETE, SELECT or COPY touched, by its command tag; 0 for other commands.
    public var affected: Int { result.affected }

    /// Every row decoded to a tuple, by position.
    public func decode<each T: PostgresDecodable>(_ types: repeat (each T).Type) throws -> [(repeat each T)] {
        try map { try $0.decode(repeat each types) }
    }

    /// The only row, decoded; `nil` when there is none.
    /// - Throws: ``PostgresError`` with code `decoding` when there are several.
    public func decodeOptional<each T: PostgresDecodable>(
        _ types: repeat (each T).Type
    ) throws -> (repeat each T)? {
        guard count <= 1 else { throw PostgresError(.decoding, "expected at most one row, got \(count)") }
        return try first?.decode(repeat each types)
    }

    /// The only row, decoded.
    /// - Throws: ``PostgresError`` with code `decoding` unless there is exactly one.
    public func decodeOne<each T: PostgresDecodable>(_ types: repeat (each T).Type) throws -> (repeat each T) {
        guard count == 1 else { throw PostgresError(.decoding, "expected one row, got \(count)") }
        return try self[0].decode(repeat each types)
    }
}

/// One row of an answer.
public struct Row: Sendable {
    let rows: Rows
    let index: Int

    /// All columns, decoded by position.
    /// - Throws: ``PostgresError`` with code `decoding` on a different number of columns, a wrong type or a NULL.
    @inlinable
    public func decode<each T: PostgresDecodable>(_ types: repeat (each T).Type) throws -> (repeat each T) {
        var column = 0
        func next<V: PostgresDecodable>(_ type: V.Type) throws -> V {
            defer { column += 1 }
            return try decode(type, at: column)
        }
        return (repeat try next(each types))
    }

    /// One column, decoded.
    /// - Throws: ``PostgresError`` with code `decoding` on a missing column, a wrong type or a NULL.
    @inlinable
    public func decode<T: PostgresDecodable>(_ type: T.Type, at column: Int) throws -> T {
        try withCell(at: column) { try T(cell: $0) }
    }

    /// One column of a script's answer, whose values come as text; `nil` for NULL.
    public func text(at column: Int) -> String? {
        guard column < rows.result.columnCount else { return nil }
        return rows.result.withCell(row: index, column: column) { cell in
            cell.bytes.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The column's value in binary format, valid for the call only.
    public func withCell<R>(at column: Int, _ body: (PostgresCell) throws -> R) throws -> R {
        guard column < rows.result.columnCount else {
            throw PostgresError(.decoding, "no column \(column): the row has \(rows.result.columnCount)")
        }
        return try rows.result.withCell(row: index, column: column, body)
    }
}

/// One value as it came: its type and its bytes in binary format, `nil` for NULL.
public struct PostgresCell {
    public let type: PostgresType
    public let bytes: UnsafeRawBufferPointer?

    /// For decoders of a type of one's own.
    public init(type: PostgresType, bytes: UnsafeRawBufferPointer?) {
        self.type = type
        self.bytes = bytes
    }
}
