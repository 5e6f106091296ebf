/// Reads the host that a request is for, and nothing but what the request line and its one `Host` field say.
///
/// Refuses what proxies and servers are known to disagree on: several `Host` fields, a target of another authority, user
/// information, characters beyond ASCII (RFC 9112, section 3.2). Forwarded-host fields are never read.
public struct HostGuard: Sendable {
    /// What a host stands for.
    public enum Host: Sendable, Equatable {
        /// The base domain itself.
        case base
        /// `label.base`: a tenant, if there is one of that name.
        case label(String)
        /// Any other well-formed host, lower-cased: a tenant's own domain, perhaps.
        case other(String)
    }

    /// Such as `polls.localhost`, lower-case.
    public let baseDomain: String
    private let suffix: [UInt8]

    public init(baseDomain: String) {
        let lower = Self.lowercased(Array(baseDomain.utf8))
        self.baseDomain = String(decoding: lower, as: UTF8.self)
        suffix = [UInt8(ascii: ".")] + lower
    }

    /// The authority and the path of a request, when its target and its `Host` fields agree.
    /// - Parameters:
    ///   - target: the request line's target, in origin form (`/path`) or absolute form (`http://host/path`).
    ///   - hosts: the values of all `Host` fields.
    /// - Returns: `nil` when the request must be refused as malformed.
    public static func route(target: String, hosts: [String]) -> (authority: String, path: String)? {
        guard hosts.count == 1, let host = hosts.first else { return nil }
        let bytes = Array(target.utf8)
        if bytes.first == UInt8(ascii: "/") { return (host, target) }
        // Absolute form: its authority is what counts (RFC 9112, 3.2.2), and here both must be the same.
        guard let schemeEnd = firstRange(of: "://", in: bytes),
            ["http", "https"].contains(String(decoding: lowercased(bytes[..<schemeEnd]), as: UTF8.self))
        else { return nil }
        let rest = bytes[(schemeEnd + 3)...]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        let authority = rest[..<end]
        guard lowercased(authority) == lowercased(Array(host.utf8)) else { return nil }
        let path = String(decoding: rest[end...], as: UTF8.self)
        return (host, path.hasPrefix("/") ? path : "/" + path)
    }

    /// What an authority (`host[:port]`) stands for; `nil` when it is malformed.
    public func host(_ authority: String) -> Host? {
        guard let name = Self.hostName(Array(authority.utf8)) else { return nil }
        if name.count > suffix.count, name.suffix(suffix.count).elementsEqual(suffix) {
            let label = name.dropLast(suffix.count)
            return .label(String(decoding: label, as: UTF8.self))
        }
        let text = String(decoding: name, as: UTF8.self)
        return text == baseDomain ? .base : .other(text)
    }

    /// The host without its port and one trailing dot, lower-cased; `nil` unless it is a DNS name or an address.
    private static func hostName(_ authority: [UInt8]) -> [UInt8]? {
        guard !authority.isEmpty, authority.count <= 260 else { return nil }
        var name = authority[...]
        if name.first == UInt8(ascii: "[") {
            guard let end = name.firstIndex(of: UInt8(ascii: "]")), isPort(name[(end + 1)...]) else { return nil }
            let address = name[(name.startIndex + 1)..<end]
            let allowed = address.allSatisfy { isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
            guard allowed, address.count >= 2 else { return nil }
            return lowercased(name[...end])
        }
        if let colon = name.firstIndex(of: UInt8(ascii: ":")) {
            guard isPort(name[colon...]) else { return nil }
            name = name[..<colon]
        }
        if name.last == UInt8(ascii: ".") { name = name.dropLast() }
        guard !name.isEmpty, name.count <= 253 else { return nil }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.count)
                && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
                && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        }
        return isName ? lowercased(name) : nil
    }

    /// Nothing, or a colon and up to five digits.
    private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first else { return true }
        return first == UInt8(ascii: ":") && bytes.count <= 6
            && bytes.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    private static func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func firstRange(of text: StaticString, in bytes: [UInt8]) -> Int? {
        let wanted = text.withUTF8Buffer { Array($0) }
        guard bytes.count >= wanted.count else { return nil }
        return (0...(bytes.count - wanted.count)).first { bytes[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }
}
