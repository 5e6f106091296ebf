import Provisioning

/// The services of one tenant: its PostgreSQL, its migration, which ends, and its server.
struct TenantServices {
    /// Where the passwords are.
    enum Keys {
        /// Files beside the compose file, made before: each service sees those that it needs.
        case folder
        /// A volume of the tenant's, filled by a service that runs first.
        case volume
    }

    let container: TenantContainer
    let subnet: Subnet
    let keys: Keys
    let options: ContainerOptions
    /// What the migration runs once there is a registry.
    let migration: String

    var tenant: String { container.tenant.rawValue }
    private var home: HomeName { HomeName(container) }
    var database: String { "\(tenant)_db" }
    var web: String { "\(tenant)_web" }
    var network: String { "\(tenant)_net" }
    /// The name of the data's volume on the engine: a tenant that comes back gets another.
    var dataVolume: String { "\(home.onEngine)-data" }
    var networkName: String { home.onEngine }
    /// Where nginx finds the server: always there, so that nginx asks nobody for it.
    var webAddress: String { subnet.host(3) + ":8080" }

    private static let keyFolder = "/var/lib/polls/keys"

    var services: [(key: String, value: YAML)] {
        (keys == .volume ? [(key: "\(tenant)_keys", value: keyMaker)] : [])
            + [(key: database, value: databaseService), (key: "\(tenant)_migration", value: migrationService)]
            + [(key: web, value: webService)]
    }

    var networks: [(key: String, value: YAML)] {
        [
            (
                key: network,
                value: .map([
                    ("name", .text(networkName)),
                    // No way out of it, nor in, but for nginx.
                    ("internal", .flag(true)),
                    (
                        "ipam",
                        .map([
                            (
                                "config",
                                .list([
                                    // Addresses of one's own are below those that the engine gives out.
                                    .map([("subnet", .text("\(subnet)")), ("ip_range", .text(subnet.host(8) + "/29"))])
                                ])
                            )
                        ])
                    ),
                ])
            )
        ]
    }

    var volumes: [(key: String, value: YAML)] {
        [(key: "\(tenant)_data", value: .map([("name", .text(dataVolume))]))]
            + (keys == .volume ? [(key: "\(tenant)_keys", value: .none)] : [])
    }

    private var databaseService: YAML {
        .map(
            [
                ("image", .text(options.postgresImage)),
                // Moves read the changes of a living tenant from its log.
                ("command", .flow(["postgres", "-c", "wal_level=logical", "-c", "max_locks_per_transaction=256"])),
                (
                    "environment",
                    .map([
                        ("POSTGRES_DB", .text(tenant)),
                        ("POSTGRES_PASSWORD_FILE", .text("\(Self.keyFolder)/postgres-password")),
                    ])
                ),
                (
                    "volumes",
                    .list([.text("\(tenant)_data:/var/lib/postgresql/data")] + mounts(["postgres-password"]))
                ),
                ("networks", place(2)),
                ("shm_size", .text("128mb")),
            ]
                + (keys == .volume
                    ? [("depends_on", .map([("\(tenant)_keys", condition("service_completed_successfully"))]))] : [])
                + [
                    (
                        "healthcheck",
                        .map([
                            (
                                "test",
                                .flow([
                                    "CMD", "pg_isready", "--quiet", "--host=127.0.0.1", "--username=postgres",
                                    "--dbname=\(tenant)",
                                ])
                            ),
                            ("interval", .text("2s")), ("timeout", .text("3s")), ("retries", .number(60)),
                        ])
                    )
                ]
                // The entry point begins as root: it gives the folders to PostgreSQL's user, and becomes that.
                + hardening
                + [("cap_add", .flow(["CHOWN", "DAC_READ_SEARCH", "FOWNER", "SETGID", "SETUID"]))]
                + limits(options.databaseLimits)
                // A fast shutdown, and time for it.
                + [("stop_grace_period", .text("30s")), ("restart", .text("unless-stopped"))]
        )
    }

    private var migrationService: YAML {
        .map(
            [
                ("image", .text(options.appImage)), ("user", .text(options.user)),
                (
                    "command",
                    .list([
                        .text("sh"), .text("-c"),
                        .text("polls-admin init --app-password-file \(Self.keyFolder)/app-password && \(migration)"),
                    ])
                ),
                (
                    "environment",
                    .map([("POLLS_ADMIN_DATABASE_URL", url(of: "postgres", passwords: "operator.pgpass"))])
                ),
                ("volumes", .list(mounts(["operator.pgpass", "app-password"]))),
                ("networks", .list([.text(network)])),
                ("depends_on", .map([(database, condition("service_healthy"))])),
                ("healthcheck", .map([("disable", .flag(true))])),
            ] + readOnly + hardening + limits(options.appLimits)
        )
    }

    private var webService: YAML {
        .map(
            [
                ("image", .text(options.appImage)), ("user", .text(options.user)),
                (
                    "environment",
                    .map([
                        ("DATABASE_URL", url(of: RegistryOptions.defaultAppLogin, passwords: "app.pgpass")),
                        ("POLLS_TENANT", .text(tenant)),
                        ("POLLS_BASE_DOMAIN", .text(options.baseDomain)),
                        ("POLLS_NONCE", .text("\(home)")),
                        ("POLLS_LOG_FORMAT", .text("json")),
                    ])
                ),
                ("volumes", .list(mounts(["app.pgpass"]))),
                ("networks", place(3)),
                (
                    "depends_on",
                    .map([
                        (database, condition("service_healthy")),
                        ("\(tenant)_migration", condition("service_completed_successfully")),
                    ])
                ),
            ] + readOnly + hardening + limits(options.appLimits)
                + [("stop_grace_period", .text("25s")), ("restart", .text("unless-stopped"))]
        )
    }

    private var keyMaker: YAML {
        .map([
            ("image", .text(options.appImage)),
            ("command", .flow(["sh", "/make-keys"])),
            ("network_mode", .text("none")),
            (
                "volumes",
                .list([
                    .text("\(tenant)_keys:\(Self.keyFolder)"), .text("./deploy/shared/make-keys:/make-keys:ro"),
                ])
            ),
            ("healthcheck", .map([("disable", .flag(true))])),
        ])
    }

    private func url(of login: String, passwords file: String) -> YAML {
        .text("host=\(database) dbname=\(tenant) user=\(login) passfile=\(Self.keyFolder)/\(file)")
    }

    private func mounts(_ files: [String]) -> [YAML] {
        switch keys {
        case .volume: [.text("\(tenant)_keys:\(Self.keyFolder):ro")]
        case .folder: files.map { .text("./keys/\($0):\(Self.keyFolder)/\($0):ro") }
        }
    }

    private func place(_ number: UInt32) -> YAML {
        .map([(network, .map([("ipv4_address", .text(subnet.host(number)))]))])
    }

    private func condition(_ name: String) -> YAML { .map([("condition", .text(name))]) }

    private var readOnly: [(key: String, value: YAML)] { [("read_only", .flag(true)), ("tmpfs", .flow(["/tmp"]))] }

    private var hardening: [(key: String, value: YAML)] {
        [("cap_drop", .flow(["ALL"])), ("security_opt", .flow(["no-new-privileges:true"]))]
    }

    /// As services have them: what stands under `deploy` counts in a swarm only, for Compose 1.29.
    private func limits(_ limits: ContainerOptions.Limits) -> [(key: String, value: YAML)] {
        [
            ("cpus", .decimal(limits.cpus)), ("mem_limit", .text(limits.memory)),
            ("pids_limit", .number(limits.processes)), ("logging", .logging),
        ]
    }
}

extension YAML {
    /// Logs that end.
    static var logging: YAML {
        .map([
            ("driver", .text("json-file")), ("options", .map([("max-size", .text("10m")), ("max-file", .text("3"))])),
        ])
    }
}
