/// A host name of a tenant's own: ASCII labels joined by dots, in lower case (RFC 1123, section 2.1).
public struct TenantDomain: Sendable, Hashable, CustomStringConvertible {
    public let host: String

    /// Takes upper case and one trailing dot too, and drops them.
    /// - Throws: ``ProvisioningError`` with code `badDomain`.
    public init(_ text: String) throws(ProvisioningError) {
        var host = text.lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A last label of digits alone would be an address.
        let isName =
            host.utf8.count <= 253 && labels.count > 1 && labels.allSatisfy(Self.isLabel)
            && !(labels.last?.allSatisfy(Self.isDigit) ?? true)
        guard isName else {
            throw ProvisioningError(
                .badDomain,
                "\(text.debugDescription) is no host name",
                next: "Give one such as polls.example.com, without a scheme, port or path."
            )
        }
        self.host = host
    }

    public var description: String { host }

    private static func isLabel(_ label: Substring.UTF8View.SubSequence) -> Bool {
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
            && label.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || isDigit($0) || $0 == UInt8(ascii: "-")
            }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
