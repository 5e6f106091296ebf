/// A tenant's name: its subdomain, and the name of its schema.
///
/// `[a-z]([a-z0-9-]{0,38}[a-z0-9])?` without `--`, and not reserved. So it is a DNS label (RFC 1035), and an SQL
/// identifier well below PostgreSQL's 63 bytes.
public struct TenantName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let rawValue: String

    /// - Throws: ``TenantNameError``, saying what the name breaks.
    public init(_ text: some StringProtocol) throws(TenantNameError) {
        guard Self.isWellFormed(text) else { throw TenantNameError(name: String(text), reason: .grammar) }
        let name = String(text)
        guard !Self.isReserved(name) else { throw TenantNameError(name: name, reason: .reserved) }
        rawValue = name
    }

    public var description: String { rawValue }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Whether a text has a tenant name's form, reserved or not. Names of servers have the same.
    package static func isWellFormed(_ text: some StringProtocol) -> Bool { hasGrammar(Array(text.utf8)) }

    /// Whether the bytes have a tenant name's form, reserved or not.
    static func hasGrammar(_ bytes: some RandomAccessCollection<UInt8>) -> Bool {
        guard (1...40).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        guard isLetter(first), isLetter(last) || isDigit(last) else { return false }
        var previous = first
        for byte in bytes {
            guard isLetter(byte) || isDigit(byte) || byte == hyphen else { return false }
            if byte == hyphen && previous == hyphen { return false }
            previous = byte
        }
        return true
    }

    private static let hyphen = UInt8(ascii: "-")
    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Names that PostgreSQL, this product or common practice keeps for itself.
    static func isReserved(_ name: String) -> Bool { name.hasPrefix("pg-") || reserved.contains(name) }

    static let reserved: Set<String> = [
        "public", "information-schema", "polls-control", "polls", "postgres", "template", "template0", "template1",
        "pg",
        "www", "api", "admin", "administrator", "app", "apps", "static", "assets", "cdn", "media", "mail", "smtp",
        "imap", "pop", "mx", "ftp", "ns", "dns", "ns1", "ns2", "localhost", "local", "root", "system", "internal",
        "status", "health", "livez", "readyz", "metrics", "help", "support", "docs", "blog", "login", "auth", "oauth",
        "account", "billing", "dashboard", "server", "test", "webmail", "autoconfig", "autodiscover", "wpad",
        "isatap", "tenant", "tenants", "default", "none", "null",
    ]
}

/// Why a text is no tenant name, and what to do.
public struct TenantNameError: Error, Sendable, CustomStringConvertible {
    public enum Reason: Sendable { case grammar, reserved }
    public let name: String
    public let reason: Reason

    public var description: String {
        switch reason {
        case .grammar:
            "\(name.debugDescription) is no tenant name: use 1 to 40 of a–z, 0–9 and single hyphens, "
                + "starting with a letter and not ending with a hyphen"
        case .reserved: "the name \"\(name)\" is reserved; choose another"
        }
    }
}
