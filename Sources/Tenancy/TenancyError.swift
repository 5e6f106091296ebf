/// Why a request did not reach a tenant's data.
public enum TenancyError: Error, Sendable, Equatable {
    /// No tenant has this host; also said of reserved and of dropped names.
    case unknownTenant
    /// The tenant is there, but not served now: suspended, moving, being made or dropped.
    case unavailable(Tenant.State)
    /// The tenant's schema or role is not what the registry says: nothing was run.
    case schemaUnavailable(tenant: String)
    /// The registry has not been read yet.
    case directoryUnavailable
}
