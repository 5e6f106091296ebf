import Provisioning
import Settings

/// What runs containers for this tool.
enum Runtime {
    /// - Throws: ``ProvisioningError`` with code `runtime` where nothing does.
    static func make(_ settings: Settings) throws -> any ContainerRuntime {
        throw ProvisioningError(
            .runtime,
            "this program runs no containers yet",
            next: "Use the levels schema and database."
        )
    }
}
