/// One SQL statement and its parameters. It can only be written as a literal: `"… where id = \(id)"` binds `id` as `$1`.
///
/// There is no unlabelled initialiser from a `String`, so text from outside can never become SQL. Names that must stand in the
/// text go through ``Identifier``, which quotes them; anything else needs the loud `\(unsafeRaw:)`.
public struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text with `$1 … $n` where parameters stand.
    public let text: String
    /// The parameters, in the order of their placeholders.
    public let parameters: Parameters
    /// Whether the text is the program's own, names included: without raw text, which may hold a password, it is fit for
    /// a log.
    let isLiteral: Bool

    /// The values of a statement's placeholders, in PostgreSQL's binary format.
    public struct Parameters: Sendable {
        /// Type of each parameter; 0 lets the server infer it.
        public private(set) var types: [UInt32] = []
        /// End of each value in `bytes`; a value starts where the one before ended. −1 − end marks NULL.
        private(set) var ends: [Int] = []
        private(set) var bytes: [UInt8] = []

        /// How many there are.
        public var count: Int { types.count }

        mutating func append(_ value: some PostgresEncodable) {
            types.append(value.postgresType.oid)
            let isNull = !value.encode(into: &bytes)
            ends.append(isNull ? -1 - bytes.count : bytes.count)
        }
    }

    public init(stringLiteral value: String) {
        text = value
        parameters = Parameters()
        isLiteral = true
    }

    public init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        parameters = stringInterpolation.parameters
        isLiteral = stringInterpolation.isLiteral
    }

    /// Builds a statement's text and parameters from a literal.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var text = ""
        var parameters = Parameters()
        var isLiteral = true

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 3 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        /// Binds a value as the next placeholder.
        public mutating func appendInterpolation(_ value: some PostgresEncodable) {
            parameters.append(value)
            text += "$"
            text += String(parameters.count)
        }

        /// Binds a value, or NULL, as the next placeholder.
        public mutating func appendInterpolation<Value: PostgresArrayElement>(_ value: Value?) {
            parameters.append(value)
            text += "$"
            text += String(parameters.count)
        }

        /// Writes a name, double-quoted, into the text.
        public mutating func appendInterpolation(_ identifier: Identifier) {
            text += identifier.quoted
        }

        /// Writes text as it stands. For operators' tools only, and never with anything a request brought.
        public mutating func appendInterpolation(unsafeRaw raw: String) {
            text += raw
            isLiteral = false
        }
    }
}

/// A name in SQL (schema, role, database …), always double-quoted when written.
public struct Identifier: Sendable, Hashable, CustomStringConvertible {
    /// The name as PostgreSQL stores it.
    public let name: String

    /// Takes a name of 1–63 bytes without NUL. PostgreSQL would silently cut a longer one, so this refuses it.
    /// - Throws: ``PostgresError`` with code `invalidIdentifier`.
    public init(_ name: String) throws {
        guard !name.isEmpty, name.utf8.count <= 63, !name.utf8.contains(0) else {
            throw PostgresError(.invalidIdentifier, "\(name.debugDescription) is no identifier of 1 to 63 bytes")
        }
        self.name = name
    }

    /// The name between double quotes, inner quotes doubled.
    public var quoted: String {
        var text = "\""
        for character in name.unicodeScalars {
            if character == "\"" { text.unicodeScalars.append("\"") }
            text.unicodeScalars.append(character)
        }
        return text + "\""
    }

    public var description: String { name }
}
