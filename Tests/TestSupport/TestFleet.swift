import Migrations
import Postgres
import Provisioning

extension Fleet {
    /// - Parameter runtime: `nil`: nothing runs containers.
    public static func forTests(
        _ control: Provisioner,
        _ configuration: PostgresConfiguration,
        runtime: (any ContainerRuntime)? = nil,
        homesAtVersion version: Int = EmbeddedMigrations.control.count
    ) throws -> Fleet {
        var configuration = configuration
        configuration.connections = 0
        return Fleet(
            control: control,
            configuration: configuration,
            migrations: try Migration.load(Array(EmbeddedMigrations.control.prefix(version))),
            runtime: {
                guard let runtime else { throw ProvisioningError(.runtime, "this test runs no containers", next: "") }
                return runtime
            },
            logger: TestDatabase.logger
        )
    }
}
