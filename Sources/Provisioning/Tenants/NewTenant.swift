import Postgres
import Tenancy

/// A tenant that is to be made.
public struct NewTenant: Sendable {
    public var name: TenantName
    /// Hosts that lead to it beside its own subdomain.
    public var domains: [TenantDomain]
    /// What the product keeps for it: a JSON object.
    public var settings: JSONText
    /// Whether it gets an API token at once.
    public var withToken: Bool

    public init(
        name: TenantName,
        domains: [TenantDomain] = [],
        settings: JSONText = JSONText("{}"),
        withToken: Bool = true
    ) {
        self.name = name
        self.domains = domains
        self.settings = settings
        self.withToken = withToken
    }
}

/// A tenant that was made.
public struct CreatedTenant: Sendable {
    public let name: TenantName
    public let domains: [TenantDomain]
    public let schemaVersion: Int32
    /// Cannot be read again: only its hash is kept.
    public let token: APIToken?
}
