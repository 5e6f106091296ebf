/// How a registry is to be made.
public struct RegistryOptions: Sendable {
    /// Whether each tenant gets a role of its own. `nil`: as the registry has it, and yes in a new one.
    public var tenantRoles: Bool?
    /// The login that the app will use. `nil`: as the registry has it, and `polls_app` in a new one.
    public var appLogin: String?
    /// The login's password. `nil`: a new login gets a random one, and an old one keeps its own.
    public var appPassword: String?

    public init(tenantRoles: Bool? = nil, appLogin: String? = nil, appPassword: String? = nil) {
        self.tenantRoles = tenantRoles
        self.appLogin = appLogin
        self.appPassword = appPassword
    }

    /// The login of a registry that was made without naming one.
    public static let defaultAppLogin = "polls_app"
}
