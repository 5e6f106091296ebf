/// The numbered migrations of this folder, compiled in. A new file gets a line here; a test proves that none is missing.
public enum EmbeddedMigrations {
    /// The registry's own, applied once to the control database.
    public static let control: [(file: String, bytes: [UInt8])] = [
        ("0001_registry.sql", PackageResources._001_registry_sql),
        ("0002_homes.sql", PackageResources._002_homes_sql),
        ("0003_lost_servers.sql", PackageResources._003_lost_servers_sql),
    ]

    /// Each tenant's, applied in the tenant's schema.
    public static let tenant: [(file: String, bytes: [UInt8])] = [
        ("0001_polls.sql", PackageResources._001_polls_sql)
    ]
}
