import Postgres

extension ConnectionString {
    /// The same server, another login, as a URI.
    func url(user: String, password: String?, database: String) -> String {
        // What the service file says goes before the environment, and the URL's reader has to have it.
        let defaults = values["service"] == nil ? Self.defaults() : [:]
        let host = values["host"] ?? defaults["host"] ?? ""
        let port = values["port"] ?? defaults["port"] ?? (values["service"] == nil ? "5432" : nil)
        let login = Self.encoded(user) + (password.map { ":" + Self.encoded($0) } ?? "")
        var query: [String] = []
        var address = ""
        if host.contains("/") || host.contains(",") || host.contains(":") {
            query.append("host=" + Self.encoded(host))
            if let port { query.append("port=" + Self.encoded(port)) }
        } else {
            address = Self.encoded(host) + (port.map { ":" + $0 } ?? "")
        }
        if let numeric = values["hostaddr"] ?? defaults["hostaddr"] {
            query.append("hostaddr=" + Self.encoded(numeric))
        }
        // The operator's own certificate and key are not another login's.
        for keyword in ["service", "sslmode", "sslrootcert"] {
            if let value = values[keyword] { query.append(keyword + "=" + Self.encoded(value)) }
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
