/// An IPv4 network, such as `10.213.0.16/28`.
public struct Subnet: Sendable, Hashable, CustomStringConvertible {
    /// The network's first address.
    public let address: UInt32
    /// How many leading bits all its addresses share.
    public let prefix: Int

    /// - Throws: ``DeploymentError`` unless the text is a network of a private range (RFC 1918) in CIDR notation.
    public init(_ text: String) throws(DeploymentError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let bytes = (parts.first ?? "").split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 2, bytes.count == 4, !bytes.contains(nil), let prefix = Int(parts[1]),
            (8...28).contains(prefix)
        else { throw Self.refusal(text, "it has to be one such as 10.213.0.0/16") }
        let address = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1 ?? 0) }
        self.init(address: address, prefix: prefix)
        guard address & ~mask == 0 else { throw Self.refusal(text, "bits beyond its prefix are set") }
        let isPrivate = address >> 24 == 10 || address >> 20 == 0xAC1 || address >> 16 == 0xC0A8
        guard isPrivate else { throw Self.refusal(text, "it is in no private range") }
    }

    init(address: UInt32, prefix: Int) {
        self.address = address
        self.prefix = prefix
    }

    public var description: String { Self.text(address) + "/\(prefix)" }

    /// The address at a place in the network, as text.
    func host(_ number: UInt32) -> String { Self.text(address + number) }

    private var mask: UInt32 { ~UInt32(0) << (32 - prefix) }

    private static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { "\(address >> $0 & 255)" }.joined(separator: ".")
    }

    private static func refusal(_ text: String, _ reason: String) -> DeploymentError {
        DeploymentError(.badInput, "\(text.debugDescription) is no range of subnets: \(reason)", next: "Name another.")
    }
}

/// One small subnet for each tenant's network, out of one range: an engine's own pools end near thirty networks.
public struct SubnetRange: Sendable, Hashable {
    public let range: Subnet

    /// Fourteen addresses: the engine's own, PostgreSQL's, the server's, nginx's, and those of short-lived helpers.
    static let prefix = 28

    public init(_ range: Subnet) { self.range = range }

    /// How many there are.
    public var count: Int { 1 << (Self.prefix - range.prefix) }

    /// The subnet of a home: the one of its number, or the next that is free.
    /// - Throws: ``DeploymentError`` with code `subnetsExhausted`.
    public func subnet(home: Int64, taken: Set<Subnet> = []) throws(DeploymentError) -> Subnet {
        let first = Int(home.magnitude % UInt64(count))
        for step in 0..<count {
            let candidate = self[(first + step) % count]
            if !taken.contains(candidate) { return candidate }
        }
        throw DeploymentError(
            .subnetsExhausted,
            "all \(count) subnets of \(range) are taken by tenants' networks",
            next: "Give a larger range, or remove tenants' kept copies with polls-admin move --sweep."
        )
    }

    subscript(_ number: Int) -> Subnet {
        Subnet(address: range.address + UInt32(number) << UInt32(32 - Self.prefix), prefix: Self.prefix)
    }
}
