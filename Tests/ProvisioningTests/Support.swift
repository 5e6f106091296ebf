import FoundationEssentials
import Provisioning
import Tenancy

/// A tenant's name that no other test has.
func uniqueName(_ prefix: String = "t") throws -> TenantName {
    try TenantName(prefix + UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(16))
}

/// The code of what the body throws; `nil` when it does not.
func code(_ body: () async throws -> Void) async throws -> ProvisioningError.Code? {
    do {
        try await body()
        return nil
    } catch let error as ProvisioningError { return error.code }
}
