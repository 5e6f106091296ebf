import Migrations
import Postgres
import Provisioning

extension Fleet {
    /// - Parameter runtime: `nil`: nothing runs containers.
    public static func forTests(
        _ control: Provisioner,
        _ configuration: PostgresConfiguration,
        runtime: (any ContainerRuntime)? = nil
    ) throws -> Fleet {
        var configuration = configuration
        configuration.connections = 0
        return Fleet(
            control: control,
            configuration: configuration,
            migrations: try Migration.load(EmbeddedMigrations.control),
            runtime: {
                guard let runtime else { throw ProvisioningError(.runtime, "this test runs no containers", next: "") }
                return runtime
            },
            logger: TestDatabase.logger
        )
    }
}
