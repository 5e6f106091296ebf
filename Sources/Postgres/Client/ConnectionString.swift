import CLibpq

/// A libpq connection string or URI, taken apart: for the same server with another database or login.
public struct ConnectionString: Sendable, Hashable {
    /// What the string gives a value, by libpq's keyword; the environment and libpq's defaults say the rest.
    public private(set) var values: [String: String]

    /// Takes keywords and values as they are.
    public init(values: [String: String]) { self.values = values }

    /// - Throws: ``PostgresError`` with code `invalidUse`, without libpq's reason, which may quote a password.
    public init(_ text: String) throws {
        guard let options = PQconninfoParse(text, nil) else {
            throw PostgresError(
                .invalidUse,
                "the connection string is neither a URI (postgresql://…) nor keywords and values (host=… dbname=…)"
            )
        }
        defer { PQconninfoFree(options) }
        values = Self.read(options) { $0.val }
    }

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
        values.sorted { $0.key < $1.key }.map { "\($0.key)='\(Self.escaped($0.value, "'"))'" }.joined(separator: " ")
    }
}

extension ConnectionString {
    /// What libpq takes where a string says nothing, by keyword: from the environment's variables, or of its own.
    package static func defaults() -> [String: String] { readDefaults { $0.val } }

    /// The environment's variable that means the same as a keyword, for each that has one.
    package static func variables() -> [String: String] { readDefaults { $0.envvar } }

    /// The value of the keyword `options` that hands server settings on, behind what it says already; `nil` for none.
    package static func options(_ earlier: String?, settings: [String: String]) -> String? {
        let added = settings.sorted { $0.key < $1.key }.map { "-c \(escaped($0.key, " "))=\(escaped($0.value, " "))" }
        let all = [earlier].compactMap(\.self) + added
        return all.isEmpty ? nil : all.joined(separator: " ")
    }

    /// Puts a backslash before each one, and before what ends a value (manual, "Connection Strings" and "Parameter Key
    /// Words"). By scalars: a quote with an accent on it is a quote to libpq.
    private static func escaped(_ text: String, _ end: Unicode.Scalar) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\\" || scalar == end { escaped.append("\\") }
            escaped.append(scalar)
        }
        return String(escaped)
    }

    private static func readDefaults(_ field: (PQconninfoOption) -> UnsafeMutablePointer<CChar>?) -> [String: String] {
        guard let options = PQconndefaults() else { return [:] }
        defer { PQconninfoFree(options) }
        return read(options, field)
    }

    /// One field of each option, up to the one without a keyword that ends them.
    private static func read(
        _ options: UnsafeMutablePointer<PQconninfoOption>,
        _ field: (PQconninfoOption) -> UnsafeMutablePointer<CChar>?
    ) -> [String: String] {
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = field(option.pointee) { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }
}
