import Provisioning
import Tenancy

/// The fully isolated mode as one compose file that needs nothing else: several tenants' services behind one nginx.
struct IsolatedComposeFile: Sendable {
    let containers: [TenantContainer]
    let options: ContainerOptions
    private let range: SubnetRange

    /// - Parameter range: subnets are taken from its end, where tenants that polls-admin makes come last.
    init(_ tenants: [TenantName], options: ContainerOptions, range: SubnetRange) {
        containers = tenants.enumerated().map { number, tenant in
            TenantContainer(tenant: tenant, home: Int64(range.count - tenants.count + number), domains: [])
        }
        self.options = options
        self.range = range
    }

    /// The compose file.
    var text: String {
        let services = containers.map(services)
        return """
            # Complete isolation: each tenant has its own server and its own PostgreSQL, behind one nginx.
            #
            #   make image
            #   docker compose -f docker-compose.isolated.yaml up -d
            #   curl http://\(containers.first?.tenant.rawValue ?? "NAME").\(options.baseDomain):8080/polls/
            #
            # Passwords are made on the first start and live in volumes: no file here has one. This file is rendered, by the
            # code that writes each isolated tenant's: POLLS_WRITE_GOLDEN=1 swift test --filter RenderingTests writes it.

            """
                + YAML.sections([
                    ("services", .sections([(key: "nginx", value: nginxService)] + services.flatMap(\.services))),
                    ("networks", .map([(key: "default", value: .none)] + services.flatMap(\.networks))),
                    ("volumes", .map(services.flatMap(\.volumes))),
                ]).document
    }

    /// The configuration of its nginx.
    func nginx() throws(DeploymentError) -> NginxConfiguration {
        NginxConfiguration(
            place: .container,
            baseDomain: options.baseDomain,
            tenants: try containers.map { container throws(DeploymentError) in
                try .init(container, baseDomain: options.baseDomain, server: services(container).webAddress)
            },
            shared: nil
        )
    }

    private var nginxService: YAML {
        .map([
            ("image", .text(options.nginxImage)),
            ("volumes", .list([.text("./deploy/isolated/nginx.conf:/etc/nginx/nginx.conf:ro")])),
            ("ports", .list([.interpolated("${POLLS_PUBLISH:-127.0.0.1:8080}:8080")])),
            // Its sockets are here: one that a kill leaves behind goes with it, and does not stop the next start.
            ("tmpfs", .flow(["/tmp"])),
            ("networks", .list([.text("default")] + containers.map { .text(services($0).network) })),
            (
                "depends_on",
                .map(containers.map { (services($0).web, .map([("condition", .text("service_healthy"))])) })
            ),
            ("logging", .logging),
            ("restart", .text("unless-stopped")),
        ])
    }

    private func services(_ container: TenantContainer) -> TenantServices {
        let number = Int(container.home)
        return TenantServices(
            container: container,
            subnet: range[number],
            keys: .volume,
            options: options,
            migration: "polls-admin create-schema \(container.tenant) --open --if-not-exists --no-token "
                + "&& polls-admin migrate"
        )
    }
}
