/// A database of a tenant's own, as the registry has it. A reference, so that the many tenants without one pay nothing.
public final class TenantHome: Sendable {
    /// Its number in the registry, never used again.
    public let id: Int64
    /// The server that it is on; `nil`: the control database's own.
    public let server: String?
    /// How the app's login connects to that server; `nil`: as to the control database.
    public let url: String?
    public let database: String

    public init(id: Int64, server: String?, url: String?, database: String) {
        self.id = id
        self.server = server
        self.url = url
        self.database = database
    }
}

extension TenantHome: Hashable {
    public static func == (left: TenantHome, right: TenantHome) -> Bool {
        left.id == right.id && left.url == right.url && left.database == right.database
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension Tenant {
    /// The database of its own that requests may still come to: one that is being dropped has none.
    var livesIn: TenantHome? { state == .dropping ? nil : home }
}
