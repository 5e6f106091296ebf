import Settings
import Tenancy

extension Settings {
    /// Where a tenant's polls are. To a container only the front door leads.
    func url(of tenant: TenantName, at level: Tenant.Level) -> String {
        let port = level == .container ? publishedPort ?? port : port
        return "http://\(tenant).\(baseDomain)\(port == 80 || port == 0 ? "" : ":\(port)")/polls/"
    }

    /// Of `127.0.0.1:8080`, or of a port alone, which is every address's.
    private var publishedPort: Int? { publish.split(separator: ":").last.flatMap { Int($0) } }
}
