/// Why a request did not reach a tenant's data.
public enum TenancyError: Error, Sendable, Equatable {
    /// No tenant has this host; also said of reserved names, and of tenants that are being made or dropped.
    case unknownTenant
    /// The tenant is there, and an operator has taken it out of service.
    case suspended
    /// The tenant's schema or role is not what the registry says: nothing was run.
    case schemaUnavailable(tenant: String)
    /// A move is about to switch, and took longer than a writer waits; or too many wait already. Nothing was run.
    case writesPaused
    /// The tenant's own server or container serves it, and the request came here all the same.
    case servedElsewhere
    /// The server that the tenant's database is on does not answer. Nothing was run.
    case homeUnreachable
    /// Every connection to the server that the tenant's database is on stayed in use. Nothing was run.
    case homeBusy
    /// The registry has not been read yet.
    case directoryUnavailable
}
