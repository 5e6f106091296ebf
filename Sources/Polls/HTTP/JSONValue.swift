/// A JSON text, read strictly (RFC 8259): UTF-8 only, no duplicate names, no lone surrogates, at most 32 levels deep,
/// numbers as they were written.
///
/// Strictness is the point: Foundation's decoder lets duplicate names and NUL through, and traps a deep text late.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    struct Failure: Error, Equatable {
        /// What is wrong, for the one who sent it.
        let reason: String
        /// Where, in bytes from the start.
        let offset: Int
    }

    /// - Throws: ``Failure``.
    init(parsing bytes: some Sequence<UInt8>) throws {
        var parser = Parser(bytes: Array(bytes))
        self = try parser.document()
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0
        static let deepest = 32

        mutating func document() throws -> JSONValue {
            let value = try value(depth: 0)
            skipSpace()
            guard position == bytes.count else { throw failure("text after the end of the JSON value") }
            return value
        }

        func failure(_ reason: String) -> Failure { Failure(reason: reason, offset: position) }

        var current: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func skipSpace() {
            while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard current == byte else { return false }
            position += 1
            return true
        }

        mutating func value(depth: Int) throws -> JSONValue {
            guard depth <= Self.deepest else { throw failure("more than \(Self.deepest) levels of nesting") }
            skipSpace()
            switch current {
            case nil: throw failure("the JSON text ends early")
            case UInt8(ascii: "{"): return try object(depth: depth)
            case UInt8(ascii: "["): return try array(depth: depth)
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true", .bool(true))
            case UInt8(ascii: "f"): return try word("false", .bool(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            default: return .number(try number())
            }
        }

        mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
            guard bytes[position...].starts(with: word.utf8) else { throw failure("not a JSON value") }
            position += word.utf8.count
            return value
        }

        mutating func object(depth: Int) throws -> JSONValue {
            position += 1
            var members: [String: JSONValue] = [:]
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            repeat {
                skipSpace()
                guard current == UInt8(ascii: "\"") else { throw failure("a name in double quotes is expected") }
                let name = try string()
                guard members[name] == nil else { throw failure("the name \(name.debugDescription) occurs twice") }
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw failure("a colon is expected") }
                members[name] = try value(depth: depth + 1)
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw failure("a comma or } is expected") }
            return .object(members)
        }

        mutating func array(depth: Int) throws -> JSONValue {
            position += 1
            var elements: [JSONValue] = []
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            repeat {
                elements.append(try value(depth: depth + 1))
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw failure("a comma or ] is expected") }
            return .array(elements)
        }

        mutating func string() throws -> String {
            position += 1
            var text: [UInt8] = []
            while let byte = current {
                position += 1
                switch byte {
                case UInt8(ascii: "\""):
                    guard let string = String(validating: text, as: UTF8.self) else {
                        throw failure("a string is not valid UTF-8")
                    }
                    return string
                case UInt8(ascii: "\\"): try escape(into: &text)
                case 0..<0x20: throw failure("a control character in a string must be escaped")
                default: text.append(byte)
                }
            }
            throw failure("a string has no end")
        }

        mutating func escape(into text: inout [UInt8]) throws {
            guard let byte = current else { throw failure("a string has no end") }
            position += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var code = try hexadecimal()
                if (0xD800..<0xDC00).contains(code), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
                    let low = try hexadecimal()
                    guard (0xDC00..<0xE000).contains(low) else { throw failure("a lone surrogate") }
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                }
                guard let scalar = Unicode.Scalar(code) else { throw failure("a lone surrogate") }
                text.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
            default: throw failure("an unknown escape in a string")
            }
        }

        mutating func hexadecimal() throws -> UInt32 {
            guard position + 4 <= bytes.count else { throw failure("a string has no end") }
            var value: UInt32 = 0
            for byte in bytes[position..<position + 4] {
                guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                    throw failure("four hexadecimal digits are expected after \\u")
                }
                value = value << 4 | UInt32(digit)
            }
            position += 4
            return value
        }

        mutating func number() throws -> String {
            let start = position
            func isDigit(_ byte: UInt8?) -> Bool {
                byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
            }
            _ = take(UInt8(ascii: "-"))
            guard isDigit(current) else { throw failure("not a JSON value") }
            if !take(UInt8(ascii: "0")) { while isDigit(current) { position += 1 } }
            if take(UInt8(ascii: ".")) {
                guard isDigit(current) else { throw failure("digits are expected after the point") }
                while isDigit(current) { position += 1 }
            }
            if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
                if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
                guard isDigit(current) else { throw failure("digits are expected in the exponent") }
                while isDigit(current) { position += 1 }
            }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
    }
}
