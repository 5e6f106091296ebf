import FoundationEssentials
import Postgres
import Provisioning
import Settings

/// A tenant, as every command prints it.
struct TenantOutput: Encodable {
    let id: String
    let name: String
    let url: String
    let domains: [String]
    let state: String
    let level: String
    /// The server that its database is on, where that is not the control database's.
    let server: String?
    let schema: String
    let role: String?
    let schemaVersion: Int32
    /// Whether anybody may write.
    let open: Bool
    let createdAt: String

    init(_ tenant: TenantRecord, settings: Settings) {
        id = tenant.id.uuidString.lowercased()
        name = tenant.name.rawValue
        url = settings.url(of: tenant.name, at: tenant.level)
        domains = tenant.domains
        state = tenant.state.rawValue
        level = tenant.level.rawValue
        server = tenant.server
        schema = tenant.schema
        role = tenant.role
        schemaVersion = tenant.schemaVersion
        open = ProductSettings(tenant.settings).open
        createdAt = tenant.createdAt.text
    }
}

/// What this product keeps for a tenant in the registry.
struct ProductSettings: Codable {
    /// Whether anybody may write.
    var open = false

    init(open: Bool) { self.open = open }

    init(_ text: JSONText) {
        self = (try? JSONDecoder().decode(Self.self, from: Data(text.text.utf8))) ?? Self(open: false)
    }

    var text: JSONText { JSONText(open ? #"{"open": true}"# : #"{"open": false}"#) }
}
