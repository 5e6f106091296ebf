import Postgres

/// What a registry's own row says: fixed when it was made.
public struct Registry: Sendable, Equatable {
    /// How many of the registry's own migrations are applied.
    public let version: Int32
    /// Whether each tenant has a role of its own.
    public let tenantRoles: Bool
    /// The login that the app uses.
    public let appLogin: String

    /// Reads it, in one query.
    /// - Throws: ``ProvisioningError`` with code `registryMissing` or `registryVersion`.
    static func read(_ connection: PostgresConnection, expecting version: Int32) async throws -> Registry {
        let rows: Rows
        do {
            rows = try await connection.query(
                """
                select (select coalesce(max(version), 0) from polls_control.control_migration), tenant_roles, app_login
                from polls_control.setting
                """
            )
        } catch let error as PostgresError
            where error.sqlState == .undefinedTable || error.sqlState == .invalidSchemaName
        {
            throw missing
        }
        guard let (found, tenantRoles, appLogin) = try rows.decodeOptional(Int32.self, Bool.self, String.self) else {
            throw missing
        }
        guard found == version else {
            throw ProvisioningError(
                .registryVersion,
                "the registry is at version \(found), and this program is made for version \(version)",
                next: found < version ? "Run init, which brings the registry up to date." : "Use the newer program."
            )
        }
        return Registry(version: found, tenantRoles: tenantRoles, appLogin: appLogin)
    }

    private static let missing = ProvisioningError(
        .registryMissing,
        "this database has no registry of tenants",
        next: "Run init, which makes it."
    )
}
