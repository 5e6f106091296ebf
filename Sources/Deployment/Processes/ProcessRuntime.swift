import EmbeddedPostgres
import FoundationEssentials
import Glibc
import Logging
import Provisioning
import Tenancy

/// The container level without containers: each tenant has a PostgreSQL cluster and a server of its own as processes of
/// this machine, all of which outlive the command that starts them and come back when they die, behind one nginx.
///
/// For development and for measuring: processes of one user share that user's rights.
public struct ProcessRuntime: ContainerRuntime {
    /// Where everything is, and how it is reached.
    public struct Options: Sendable {
        /// nginx's address.
        public var address = "127.0.0.1:8080"
        /// The shared server's, as `address:port`; `nil`: there is none.
        public var shared: String?
        public var baseDomain = "polls.localhost"
        /// The path of polls-server.
        public var server: String
        public var nginx = installedNginx
        /// How long a server may take until it is ready.
        public var startTimeout = Duration.seconds(30)

        public init(server: String) { self.server = server }

        /// Debian has it where not everybody's `PATH` leads.
        private static var installedNginx: String {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
            let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"]
            return folders.map { $0 + "/nginx" }.first { access($0, X_OK) == 0 } ?? "nginx"
        }
    }

    private let folder: DeploymentFolder
    private let options: Options
    private let logger: Logger
    private let front: ProcessFront
    private let routes: Throttle<TenantContainers>

    /// - Parameter folder: of the deployment.
    public init(folder: DeploymentFolder, options: Options, logger: Logger) {
        self.folder = folder
        self.options = options
        self.logger = logger
        let front = ProcessFront(folder: folder, options: options, sockets: SocketFolder(for: folder.path))
        self.front = front
        routes = Throttle { containers in
            try await folder.locked {
                try await front.withRoutes(to: try await containers()) { goLive in try await goLive() }
            }
        }
    }

    public func check(beside containers: [TenantContainer]) async throws {
        try folder.check(containers)
        guard access(options.server, X_OK) == 0 else {
            throw DeploymentError(
                .programMissing,
                "there is no program \(options.server)",
                next: "Build it, or name polls-server's path."
            )
        }
        try await front.check()
    }

    public func checkFiles(of containers: [TenantContainer]) throws { try folder.check(containers) }

    public func checkShared() throws {
        guard options.shared == nil else { return }
        throw DeploymentError.noShared(example: "127.0.0.1:9000")
    }

    public func startDatabase(_ container: TenantContainer) async throws {
        _ = try await folder.locked { try folder.makeHome(container) }
        try await withCluster(container, staysUp: true) { _ in }
    }

    public func withOperatorURL<R: Sendable>(
        _ container: TenantContainer,
        _ body: (String) async throws -> R
    ) async throws -> R {
        try folder.check([container])
        return try await withCluster(container, staysUp: false) { try await body($0.connectionString()) }
    }

    public func startApp(_ container: TenantContainer) async throws {
        let url = try await withCluster(container, staysUp: true) {
            $0.connectionString(user: RegistryOptions.defaultAppLogin)
        }
        try front.sockets.make()
        let socket = front.sockets.server(container)
        let environment = [
            "DATABASE_URL": url, "HOST": "unix:\(socket)", "POLLS_TENANT": container.tenant.rawValue,
            "POLLS_BASE_DOMAIN": options.baseDomain, "POLLS_NONCE": "\(HomeName(container))",
            "POLLS_LOG_FORMAT": "json",
        ]
        let server = server(container)
        // nginx's workers are another user's; the folder's name and mode keep the socket from being found by chance.
        let command = ["/bin/sh", "-c", "umask 0; rm -f \"$1\"; exec \"$2\"", "server", socket, options.server]
        try await server.start(command, environment: environment)
        let isReady = try await poll(every: .milliseconds(50), atMost: options.startTimeout) {
            try await Command.run(options.server, ["healthcheck", "--ready"], environment: environment).succeeded
        }
        guard isReady else {
            throw DeploymentError(
                .notReady,
                "the server of \(container.tenant) is not ready after \(options.startTimeout)",
                next: "See \(server.log).",
                output: server.lastWords
            )
        }
    }

    public func route(to containers: @escaping TenantContainers) async throws {
        try await routes.submit(containers)
    }

    public func withRoutes<R: Sendable>(
        to containers: TenantContainers,
        _ body: (_ goLive: () async throws -> Void) async throws -> R
    ) async throws -> R {
        try await folder.locked { try await front.withRoutes(to: try await containers(), body) }
    }

    public func stop(_ container: TenantContainer) async throws {
        guard folder.home(container).exists else { return }
        try await server(container).stop()
        try await EmbeddedPostgres.stop(in: cluster(container), logger: logger)
    }

    public func remove(_ container: TenantContainer, wasMade: Bool) async throws {
        if wasMade { try folder.checkRemoval(of: container) }
        let home = folder.home(container)
        guard home.exists else { return }
        try await server(container).stop()
        try await EmbeddedPostgres.remove(cluster(container), logger: logger)
        unlink(front.sockets.server(container))
        try home.remove()
    }

    public func closeFront() async throws {
        try await folder.locked { try await front.stop() }
    }

    private func cluster(_ container: TenantContainer) -> String { folder.home(container).path + "/postgres" }

    private func server(_ container: TenantContainer) -> DetachedProcess {
        DetachedProcess(folder: folder.home(container).path, name: "server")
    }

    /// Runs the body with the tenant's cluster, started unless it runs.
    private func withCluster<R: Sendable>(
        _ container: TenantContainer,
        staysUp: Bool,
        _ body: (EmbeddedPostgres) async throws -> R
    ) async throws -> R {
        var options = EmbeddedPostgres.Options.small
        // Moves read the changes of a living tenant from its log.
        options.settings["wal_level"] = "logical"
        options.database = container.tenant.rawValue
        options.staysUp = staysUp
        return try await EmbeddedPostgres.with(in: cluster(container), options: options, logger: logger, body)
    }
}
