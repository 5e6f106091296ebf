import Provisioning

/// The compose file of one tenant of the level `container`: a project of its own, so that nothing done to one tenant
/// touches another. Compose 1.29 and 2 read it.
struct ComposeFile: Sendable {
    let container: TenantContainer
    let subnet: Subnet
    let options: ContainerOptions

    init(_ container: TenantContainer, subnet: Subnet, options: ContainerOptions) {
        self.container = container
        self.subnet = subnet
        self.options = options
    }

    /// The project's name: one project a home.
    var project: String { HomeName(container).onEngine }

    /// The services' names.
    var database: String { services.database }
    var web: String { services.web }

    /// The network that nginx joins, as the engine knows it.
    var network: String { services.networkName }

    /// Where nginx finds the tenant's server in that network.
    var webAddress: String { services.webAddress }

    var text: String {
        """
        # \(container.tenant): its own PostgreSQL, migration and server. polls-admin writes this file; changes are lost.
        #
        #   docker compose -p \(project) -f compose.yaml ps

        """
            + YAML.sections([
                ("services", .sections(services.services)),
                ("networks", .map(services.networks)),
                ("volumes", .map(services.volumes)),
            ]).document
    }

    private var services: TenantServices {
        TenantServices(
            container: container,
            subnet: subnet,
            keys: .folder,
            options: options,
            migration: "polls-admin migrate"
        )
    }
}
