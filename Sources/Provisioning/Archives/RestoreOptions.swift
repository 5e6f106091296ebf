import Tenancy

/// How an archive is restored.
public struct RestoreOptions: Sendable {
    /// Another name than the archive's. The tenant is another one then: no domain leads to it, and no token of the
    /// archive's is valid.
    public var name: TenantName?
    /// Domains of the archive are left out.
    public var withoutDomains = false
    /// A tenant of another name gets an API token of its own.
    public var withToken = true

    public init(as name: TenantName? = nil) { self.name = name }
}
