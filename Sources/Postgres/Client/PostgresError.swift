/// What went wrong between this client and PostgreSQL. `description` is fit for a log; none of it is for an end user.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure: what a caller decides by.
    public enum Code: String, Sendable {
        /// No connection could be made; nothing was sent.
        case connectionFailed
        /// The connection ended before anything of this work was sent, or while only reading: it did not happen.
        case connectionLost
        /// The connection ended with this work under way: it may or may not have been committed.
        case unknownOutcome
        /// PostgreSQL refused the work and rolled it back; see ``PostgresError/sqlState``.
        case server
        /// No answer by the deadline. Work that was already sent may still happen.
        case deadlineExceeded
        /// Too much work is waiting already, in all or of nobody's in particular; nothing was sent.
        case queueFull
        /// Too much work of this owner is waiting already, whoever else is served; nothing was sent.
        case ownerQueueFull
        /// The client is shut down, or the connection was closed.
        case closed
        /// A value did not have the type or shape that was asked for.
        case decoding
        /// A name that cannot be an SQL identifier.
        case invalidIdentifier
        /// The client was used wrongly: a setting or call that cannot be.
        case invalidUse
    }

    public let code: Code
    /// What happened to what, in one line.
    public let message: String
    /// SQLSTATE of a server error (PostgreSQL manual, appendix A), also where a server refused a connection.
    public internal(set) var sqlState: SQLState?
    public internal(set) var detail: String?
    public internal(set) var hint: String?
    /// Name of the constraint that was violated, if the server named one.
    public internal(set) var constraint: String?
    /// Text of the statement that failed, without its parameters; `nil` for one with raw text, and for a script or COPY,
    /// which may hold what no log should.
    public internal(set) var statement: String?

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether a server that was asked for a connection will have one soon: it starts, recovers, or is full.
    var isPassing: Bool {
        code == .connectionFailed && (sqlState == .cannotConnectNow || sqlState == .tooManyConnections)
    }

    public var description: String {
        var text = "\(code.rawValue): \(message)"
        if let sqlState { text += " (SQLSTATE \(sqlState.rawValue))" }
        if let detail { text += "; \(detail)" }
        if let hint { text += "; \(hint)" }
        if let statement { text += "; in: \(Self.brief(statement))" }
        return text
    }

    /// The start of a statement, in one line.
    private static func brief(_ statement: String) -> String {
        let line = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > 160 ? String(line.prefix(160)) + " …" : line
    }
}

/// A five-character error code of PostgreSQL.
public struct SQLState: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: StaticString) { rawValue = "\(value)" }

    /// The code that a line of libpq's shortest message ends with: `… FATAL:  57P03`, the severity in any language.
    init?(endOf message: String) {
        func isCode(_ text: Substring) -> Bool {
            text.utf8.count == 5 && text.allSatisfy { $0.isASCII && !$0.isLowercase }
        }
        let codes = message.split(separator: "\n").compactMap { line -> Substring? in
            guard let code = line.split(separator: " ").last, isCode(code), line.hasSuffix(":  \(code)") else {
                return nil
            }
            return code
        }
        guard let code = codes.last else { return nil }
        self.init(rawValue: String(code))
    }

    public static let featureNotSupported: SQLState = "0A000"
    public static let foreignKeyViolation: SQLState = "23503"
    public static let uniqueViolation: SQLState = "23505"
    public static let checkViolation: SQLState = "23514"
    public static let activeTransaction: SQLState = "25001"
    public static let invalidStatementName: SQLState = "26000"
    public static let invalidSchemaName: SQLState = "3F000"
    /// There is no such database.
    public static let invalidCatalogName: SQLState = "3D000"
    public static let invalidParameterValue: SQLState = "22023"
    public static let duplicateSchema: SQLState = "42P06"
    public static let duplicateObject: SQLState = "42710"
    public static let undefinedObject: SQLState = "42704"
    public static let undefinedTable: SQLState = "42P01"
    public static let insufficientPrivilege: SQLState = "42501"
    public static let lockNotAvailable: SQLState = "55P03"
    public static let queryCanceled: SQLState = "57014"
    public static let adminShutdown: SQLState = "57P01"
    public static let crashShutdown: SQLState = "57P02"
    public static let cannotConnectNow: SQLState = "57P03"
    public static let tooManyConnections: SQLState = "53300"
    public static let diskFull: SQLState = "53100"
    public static let deadlockDetected: SQLState = "40P01"
    public static let serializationFailure: SQLState = "40001"
}
