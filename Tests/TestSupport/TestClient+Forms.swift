extension TestClient {
    /// What browsers send when they are led somewhere.
    public static let browserAccept =
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

    /// Asks for a page, as a browser does.
    public func page(_ tenant: String, _ path: String, host: String? = nil) async throws -> Answer {
        try await ask(tenant, "GET", path, headers: ["Accept": Self.browserAccept], host: host)
    }

    /// Sends a form, as a browser does.
    public func submit(
        _ tenant: String,
        _ path: String,
        _ fields: [(String, String)],
        headers: [String: String] = [:]
    ) async throws -> Answer {
        let body = fields.map { "\(Self.encoded($0))=\(Self.encoded($1))" }.joined(separator: "&")
        let own = ["Accept": Self.browserAccept, "Content-Type": "application/x-www-form-urlencoded"]
        return try await ask(tenant, "POST", path, body, headers: own.merging(headers) { $1 })
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let hex = String(byte, radix: 16, uppercase: true)
            return byte == UInt8(ascii: " ") ? "+" : hex.count == 1 ? "%0\(hex)" : "%\(hex)"
        }.joined()
    }
}
