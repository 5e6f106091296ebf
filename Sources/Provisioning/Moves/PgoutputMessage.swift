/// One message of PostgreSQL's logical replication, protocol version 1, with values as text (PostgreSQL manual,
/// "Logical Replication Message Formats"). A pure value: it reads bytes, and knows no connection.
enum PgoutputMessage: Equatable {
    /// A table, sent before the first change of it and whenever it is another one.
    case relation(id: UInt32, schema: String, table: String, columns: [Column])
    case insert(relation: UInt32, new: [Value])
    /// `old` has the key as it was, when that changed; `nil`: by the new row's own key.
    case update(relation: UInt32, old: [Value]?, new: [Value])
    case delete(relation: UInt32, old: [Value])
    case truncate(relations: [UInt32], cascade: Bool, restartIdentity: Bool)
    case commit
    /// What no copy needs: begin, origin, type, message.
    case other

    struct Column: Equatable {
        let name: String
        /// Part of the replica identity: the primary key.
        let isKey: Bool
    }

    enum Value: Equatable {
        case null
        /// A long value that the update left as it was.
        case unchanged
        case text(String)
    }

    /// Why bytes are no message.
    struct Malformed: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// - Throws: ``Malformed``; a message is read to its last byte or not at all.
    init(_ bytes: [UInt8]) throws {
        var reader = Reader(bytes: bytes[...])
        switch try reader.byte() {
        case UInt8(ascii: "R"):
            let id = try reader.uint32()
            let schema = try reader.string()
            let table = try reader.string()
            _ = try reader.byte()
            var columns: [Column] = []
            for _ in 0..<(try reader.uint16()) {
                let flags = try reader.byte()
                columns.append(Column(name: try reader.string(), isKey: flags & 1 == 1))
                _ = try reader.uint32()
                _ = try reader.uint32()
            }
            self = .relation(id: id, schema: schema.isEmpty ? "pg_catalog" : schema, table: table, columns: columns)
        case UInt8(ascii: "I"):
            let id = try reader.uint32()
            try reader.expect("N")
            self = .insert(relation: id, new: try reader.tuple())
        case UInt8(ascii: "U"):
            let id = try reader.uint32()
            var old: [Value]?
            if try reader.peek() != UInt8(ascii: "N") {
                try reader.expect("K", "O")
                old = try reader.tuple()
            }
            try reader.expect("N")
            self = .update(relation: id, old: old, new: try reader.tuple())
        case UInt8(ascii: "D"):
            let id = try reader.uint32()
            try reader.expect("K", "O")
            self = .delete(relation: id, old: try reader.tuple())
        case UInt8(ascii: "T"):
            let count = try reader.uint32()
            let options = try reader.byte()
            var relations: [UInt32] = []
            for _ in 0..<count { relations.append(try reader.uint32()) }
            self = .truncate(relations: relations, cascade: options & 1 == 1, restartIdentity: options & 2 == 2)
        case UInt8(ascii: "C"):
            self = .commit
            return
        case UInt8(ascii: "B"), UInt8(ascii: "O"), UInt8(ascii: "Y"), UInt8(ascii: "M"):
            self = .other
            return
        case let kind:
            throw Malformed(description: "a message of the unknown kind \(kind)")
        }
        guard reader.bytes.isEmpty else { throw Malformed(description: "\(reader.bytes.count) bytes are left over") }
    }

    /// Walks over a message, and never reads past its end.
    private struct Reader {
        var bytes: ArraySlice<UInt8>

        func peek() throws -> UInt8 {
            guard let first = bytes.first else { throw Malformed(description: "the message ends early") }
            return first
        }

        mutating func byte() throws -> UInt8 {
            let first = try peek()
            bytes.removeFirst()
            return first
        }

        mutating func expect(_ kinds: Unicode.Scalar...) throws {
            let found = try byte()
            guard kinds.contains(where: { UInt8(ascii: $0) == found }) else {
                throw Malformed(description: "a row of the unknown kind \(found)")
            }
        }

        mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard count >= 0, bytes.count >= count else { throw Malformed(description: "the message ends early") }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }

        mutating func uint16() throws -> UInt16 { try take(2).reduce(0) { $0 << 8 | UInt16($1) } }
        mutating func uint32() throws -> UInt32 { try take(4).reduce(0) { $0 << 8 | UInt32($1) } }

        mutating func string() throws -> String {
            guard let end = bytes.firstIndex(of: 0) else { throw Malformed(description: "a name has no end") }
            let text = try take(end - bytes.startIndex)
            _ = try byte()
            return String(decoding: text, as: UTF8.self)
        }

        mutating func tuple() throws -> [Value] {
            var values: [Value] = []
            for _ in 0..<(try uint16()) {
                switch try byte() {
                case UInt8(ascii: "n"): values.append(.null)
                case UInt8(ascii: "u"): values.append(.unchanged)
                case UInt8(ascii: "t"):
                    let length = Int(try uint32())
                    guard let text = String(validating: try take(length), as: UTF8.self) else {
                        throw Malformed(description: "a value is not UTF-8 text")
                    }
                    values.append(.text(text))
                case let kind: throw Malformed(description: "a value of the unknown kind \(kind)")
                }
            }
            return values
        }
    }
}

extension PgoutputMessage {
    /// Reads `bytea` as PostgreSQL writes it in text: `\x`, then two hex digits a byte.
    static func bytes(hex text: String) throws -> [UInt8] {
        let digits = text.utf8.dropFirst(2)
        guard text.hasPrefix("\\x"), digits.count.isMultiple(of: 2) else {
            throw Malformed(description: "this is no bytea in hex")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            let nibble: UInt8 =
                switch digit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
                default: throw Malformed(description: "this is no bytea in hex")
                }
            if let first = high {
                bytes.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        return bytes
    }
}
