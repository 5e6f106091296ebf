import Settings
import Tenancy

extension Settings {
    /// Where a tenant's polls are.
    func url(of tenant: TenantName) -> String {
        "http://\(tenant).\(baseDomain)\(port == 80 || port == 0 ? "" : ":\(port)")/polls/"
    }
}
