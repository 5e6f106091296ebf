import CLibpq
import FoundationEssentials

/// A libpq connection string, taken apart: for psql, and for another login's URL.
struct ConnectionParameters {
    /// One keyword that the string gives a value.
    struct Parameter {
        let keyword: String
        let value: String
        /// The environment's variable that means the same, if there is one.
        let variable: String?
    }

    /// In libpq's order.
    let parameters: [Parameter]

    /// - Throws: ``WrongUse``.
    init(_ connectionString: String) throws {
        var problem: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(connectionString, &problem) else {
            defer { PQfreemem(problem) }
            throw WrongUse("DATABASE_URL cannot be read: " + (problem.map { String(cString: $0) } ?? "out of memory"))
        }
        parameters = Self.take(options)
    }

    /// What libpq would use where a string says nothing: the environment's variables and its own defaults.
    static func defaults() -> [String: String] {
        guard let options = PQconndefaults() else { return [:] }
        return Dictionary(take(options).map { ($0.keyword, $0.value) }) { $1 }
    }

    private static func take(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [Parameter] {
        defer { PQconninfoFree(options) }
        var parameters: [Parameter] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                parameters.append(
                    Parameter(
                        keyword: String(cString: keyword),
                        value: String(cString: value),
                        variable: option.pointee.envvar.map { String(cString: $0) }
                    )
                )
            }
            option += 1
        }
        return parameters
    }

    /// The same server, another login, as a URI.
    func url(user: String, password: String?, database: String) -> String {
        var values = Self.defaults()
        for parameter in parameters { values[parameter.keyword] = parameter.value }
        let host = values["host"] ?? ""
        let port = values["port"] ?? "5432"
        let login = Self.encoded(user) + (password.map { ":" + Self.encoded($0) } ?? "")
        var query: [String] = []
        var address = ""
        if host.contains("/") || host.contains(",") || host.contains(":") {
            query += ["host=" + Self.encoded(host), "port=" + Self.encoded(port)]
        } else {
            address = Self.encoded(host) + ":" + port
        }
        // The operator's own certificate and key are not another login's.
        for keyword in ["sslmode", "sslrootcert"] {
            if let value = parameters.first(where: { $0.keyword == keyword })?.value {
                query.append(keyword + "=" + Self.encoded(value))
            }
        }
        return "postgresql://\(login)@\(address)/\(Self.encoded(database))"
            + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// Percent-encoded but for the unreserved characters (RFC 3986, section 2.3).
    private static func encoded(_ text: String) -> String {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return text.utf8.map { byte in
            if unreserved.contains(byte) { return String(UnicodeScalar(byte)) }
            let hex = String(byte, radix: 16, uppercase: true)
            return "%" + (hex.count < 2 ? "0" : "") + hex
        }.joined()
    }
}
