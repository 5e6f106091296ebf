import Tenancy

/// Where a tenant is to live: `schema`, `database`, `database@SERVER` or `container`.
public struct Destination: Sendable, Hashable, CustomStringConvertible {
    public let level: Tenant.Level
    /// `nil`: the control database's server, or a container's own.
    public let server: String?

    public init(level: Tenant.Level, server: String? = nil) {
        self.level = level
        self.server = server
    }

    /// - Throws: ``ProvisioningError`` with code `badDestination`.
    public init(_ text: String) throws(ProvisioningError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let server = parts.count == 2 ? String(parts[1]) : nil
        guard let level = Tenant.Level(rawValue: String(parts[0])), server == nil || level == .database,
            server?.isEmpty != true
        else {
            throw ProvisioningError(
                .badDestination,
                "\(text.debugDescription) is no level",
                next: "Give schema, database, database@SERVER or container."
            )
        }
        self.init(level: level, server: server)
    }

    public var description: String { level.rawValue + (server.map { "@" + $0 } ?? "") }
}
