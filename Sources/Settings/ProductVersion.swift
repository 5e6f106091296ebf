import Migrations

/// Which version of the product a program is.
public enum ProductVersion {
    /// Raised here and nowhere else, in the commit that is released: MAJOR.MINOR.PATCH (semver.org, 2.0.0). MAJOR where an
    /// operator or a client of the API has to change something, MINOR for what is new, PATCH for what is mended.
    public static let number = "1.0.0"

    /// What `--version` prints: the version, and the newest migrations of the registry and of tenants that the program
    /// knows. What knows older ones has to be replaced before `polls-admin init` and `migrate` bring newer ones.
    public static func text(of program: String) -> String {
        let (registry, tenants) = (EmbeddedMigrations.control.count, EmbeddedMigrations.tenant.count)
        return "\(program) \(number) (registry \(registry), tenants \(tenants))"
    }
}
