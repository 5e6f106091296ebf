/// The compose file of the front door, where none runs yet: one nginx, in the networks of all isolated tenants.
///
/// A tenant that comes later is joined while nginx runs, and then stands here too, so that a new nginx finds it.
struct FrontComposeFile: Sendable {
    static let project = "polls-front"
    static let service = "nginx"
    /// What says of a container that it is the front door, of whatever project it is.
    static let label = "polls.front"

    /// The networks of tenants, as the engine knows them.
    let networks: [String]
    /// The address on this machine, such as `127.0.0.1:8080`.
    let publish: String
    let options: ContainerOptions

    var text: String {
        """
        # The front door of isolated tenants. polls-admin writes this file; changes are lost.
        #
        #   docker compose -p \(Self.project) -f compose.yaml ps

        """
            + YAML.sections([
                ("services", .map([(key: Self.service, value: service)])),
                ("networks", .map(declared)),
                ("volumes", .map([(key: "front", value: .none)])),
            ]).document
    }

    /// What to give Compose beside the shared mode's own file, so that an nginx made anew there is in the networks too.
    var overlay: String {
        """
        # Isolated tenants' networks, for the nginx of the shared mode. polls-admin writes this file; changes are lost.
        #
        #   docker compose -f docker-compose.yaml -f \(Self.overlayName) up -d

        """
            + YAML.sections([
                (
                    "services",
                    .map([(key: Self.service, value: .map([("networks", .list(joined))]))])
                ),
                ("networks", .map(declared)),
            ]).document
    }

    /// The overlay's file, beside the front door's.
    static let overlayName = "shared.yaml"

    private var joined: [YAML] { [.text("default")] + networks.map { .text($0) } }

    private var declared: [(key: String, value: YAML)] {
        [(key: "default", value: .none)] + networks.map { (key: $0, value: .map([("external", .flag(true))])) }
    }

    private var service: YAML {
        .map([
            ("image", .text(options.nginxImage)),
            ("command", .flow(["sh", "/start-nginx"])),
            ("labels", .map([(Self.label, .text("nginx"))])),
            (
                "volumes",
                .list([
                    .text("front:\(FrontScripts.folder)"), .text("./nginx.conf:/etc/nginx/nginx.conf:ro"),
                    .text("./start-nginx:/start-nginx:ro"),
                ])
            ),
            ("ports", .list([.text("\(publish):8080")])),
            ("networks", .list(joined)),
            ("logging", .logging),
            ("restart", .text("unless-stopped")),
        ])
    }
}
