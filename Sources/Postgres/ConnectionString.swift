import CLibpq

/// A libpq connection string or URI, taken apart: for the same server with another database or login.
public struct ConnectionString: Sendable, Hashable {
    /// What the string gives a value, by libpq's keyword; the environment and libpq's defaults say the rest.
    public private(set) var values: [String: String] = [:]

    /// - Throws: ``PostgresError`` with code `invalidUse`.
    public init(_ text: String) throws {
        guard let options = PQconninfoParse(text, nil) else { throw Self.unreadable }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
    }

    /// Without libpq's reason, which may quote a password.
    static let unreadable = PostgresError(
        .invalidUse,
        "the connection string is neither a URI (postgresql://…) nor keywords and values (host=… dbname=…)"
    )

    /// The value of a keyword; `nil` takes it out.
    public subscript(keyword: String) -> String? {
        get { values[keyword] }
        set { values[keyword] = newValue }
    }

    /// The same with another value of a keyword.
    public func with(_ keyword: String, _ value: String?) -> ConnectionString {
        var copy = self
        copy[keyword] = value
        return copy
    }

    /// Keywords and quoted values, by keyword.
    public var text: String {
        values.sorted { $0.key < $1.key }.map { keyword, value in
            keyword + "='" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
        }.joined(separator: " ")
    }
}
