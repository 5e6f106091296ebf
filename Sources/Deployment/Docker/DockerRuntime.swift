import EmbeddedPostgres
import FoundationEssentials
import Glibc
import Logging
import Postgres
import Provisioning
import Tenancy

/// The container level on a Docker engine: each tenant is a Compose project of its own, behind one nginx.
public struct DockerRuntime: ContainerRuntime {
    /// What containers are made with, and how the front door is reached.
    public struct Options: Sendable {
        public var containers = ContainerOptions()
        /// Where the tenants' networks have their subnets.
        public var subnets: SubnetRange
        /// nginx's address on this machine, where no front door runs yet.
        public var publish = "127.0.0.1:8080"
        /// The shared server, by its name in nginx's networks; `nil`: there is none.
        public var shared: String? = "app:8080"
        /// How long PostgreSQL or a server may take until it is ready.
        public var startTimeout = Duration.seconds(90)

        public init() throws { subnets = SubnetRange(try Subnet("10.213.0.0/16")) }
    }

    private let folder: DeploymentFolder
    private let options: Options
    private let engine = DockerEngine()
    private let front: DockerFront
    private let routes: Throttle<TenantContainers>
    /// Who may read password files: the user in the containers, or this one.
    private let owner: (uid: uid_t, gid: gid_t)?

    /// - Parameter folder: of the deployment. The engine mounts files of it.
    public init(folder: DeploymentFolder, options: Options) throws {
        var options = options
        self.folder = folder
        if geteuid() == 0 {
            let ids = options.containers.user.split(separator: ":").map { uid_t($0) }
            guard ids.count == 2, let uid = ids[0], let gid = ids[1] else {
                throw DeploymentError(
                    .badInput,
                    "\(options.containers.user.debugDescription) is no user of containers",
                    next: "Give numbers, such as 10001:10001."
                )
            }
            owner = (uid, gid)
        } else {
            // Only root gives files away: the containers run as whoever has them.
            options.containers.user = "\(geteuid()):\(getegid())"
            owner = nil
        }
        self.options = options
        let front = DockerFront(folder: folder, options: options, engine: engine)
        self.front = front
        routes = Throttle { containers in
            try await folder.locked {
                let containers = try await containers()
                try await front.withRoutes(to: containers) { goLive in try await goLive() }
                try await front.leaveOthers(than: containers)
            }
        }
    }

    public func check(beside containers: [TenantContainer]) async throws {
        try folder.check(containers)
        try await engine.check()
        for (image, next) in [
            (options.containers.appImage, "Build it: make image."),
            (options.containers.postgresImage, "Pull it: docker pull \(options.containers.postgresImage)."),
            (options.containers.nginxImage, "Pull it: docker pull \(options.containers.nginxImage)."),
        ] where try await !engine.attempt(["image", "inspect", image]).succeeded {
            throw DeploymentError(.imageMissing, "the engine has no image \(image)", next: next)
        }
        try await front.check()
    }

    public func checkFiles(of containers: [TenantContainer]) throws { try folder.check(containers) }

    public func checkShared() throws {
        guard options.shared == nil else { return }
        throw DeploymentError.noShared(example: "app:8080")
    }

    public func startDatabase(_ container: TenantContainer) async throws {
        let file = try await folder.locked { try await prepare(container) }
        let doing = "start PostgreSQL of \(container.tenant)"
        try await compose(container, file, ["up", "-d", "--no-deps", file.database], doing: doing)
        try await wait(for: file.database, file, doing: doing) { id in
            ["exec", id, "pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres", "-d", container.tenant.rawValue]
        }
    }

    public func withOperatorURL<R: Sendable>(
        _ container: TenantContainer,
        _ body: (String) async throws -> R
    ) async throws -> R {
        let file = try composeFile(container)
        let password = try folder.home(container).key("postgres-password") ?? ""
        guard let id = try await engine.containers(project: file.project, service: file.database).first else {
            throw DeploymentError(
                .notReady,
                "PostgreSQL of \(container.tenant) does not run",
                next: "See docker compose -p \(file.project) -f \(folder.home(container).compose) ps."
            )
        }
        return try await DockerTunnel(container: id).open { host in
            let address = ConnectionString(values: [
                "host": host, "port": "5432", "user": "postgres", "password": password,
                "dbname": container.tenant.rawValue,
            ])
            return try await body(address.text)
        }
    }

    public func startApp(_ container: TenantContainer) async throws {
        let file = try await folder.locked { try await prepare(container) }
        let doing = "start the server of \(container.tenant)"
        do {
            try await compose(container, file, ["up", "-d", file.web], doing: doing)
        } catch let error as DeploymentError where error.code == .engine {
            let logs = try await logs(of: "\(container.tenant)_migration", file)
            throw DeploymentError(error.code, error.message, next: error.next, output: error.output + "\n" + logs)
        }
        try await wait(for: file.web, file, doing: doing) { ["exec", $0, "polls-server", "healthcheck", "--ready"] }
        // Writers may wait for the routes: what can be done for them before is done here.
        try await folder.locked { try await front.join(file.network) }
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
        guard try await isHere(container) else { return }
        try await compose(container, try composeFile(container), ["stop"], doing: "stop \(container.tenant)")
    }

    public func remove(_ container: TenantContainer, wasMade: Bool) async throws {
        if wasMade { try folder.checkRemoval(of: container) }
        let home = folder.home(container)
        if try await isHere(container) {
            let file = try composeFile(container)
            try await folder.locked {
                // A network with nginx in it cannot be removed.
                try await front.leave(file.network)
                try await compose(container, file, ["down", "--volumes"], doing: "remove \(container.tenant)")
            }
        }
        try home.remove()
    }

    /// Whether there may be something of it on the engine: its compose file is written before anything is started.
    /// - Throws: ``DeploymentError`` when there is, and the files to manage it by are elsewhere.
    private func isHere(_ container: TenantContainer) async throws -> Bool {
        if FileManager.default.fileExists(atPath: folder.home(container).compose) { return true }
        guard try await engine.containers(project: HomeName(container).onEngine, all: true).isEmpty else {
            throw folder.missing(container)
        }
        return false
    }

    /// That of another project is left alone.
    public func closeFront() async throws {
        try await folder.locked { try await front.remove() }
    }

    // MARK: Parts

    /// Writes the home's files, and has Compose read them before they are in place.
    private func prepare(_ container: TenantContainer) async throws -> ComposeFile {
        let home = try folder.makeHome(container)
        if try home.subnet() == nil {
            let taken = Set(try folder.homes().compactMap { try $0.subnet() })
            try home.record("subnet", "\(try options.subnets.subnet(home: container.home, taken: taken))")
        }
        try home.makeKeys(owner: owner)
        let file = try composeFile(container)
        if (try? String(contentsOfFile: home.compose, encoding: .utf8)) == file.text { return file }
        let unchecked = home.path + "/compose.new.yaml"
        try AtomicFile.write(file.text, to: unchecked)
        defer { unlink(unchecked) }
        try await engine.compose(
            file.project,
            unchecked,
            ["config", "--quiet"],
            doing: "write the compose file of \(container.tenant)"
        )
        try AtomicFile.write(file.text, to: home.compose)
        return file
    }

    private func composeFile(_ container: TenantContainer) throws -> ComposeFile {
        try folder.composeFile(container, options.containers)
    }

    private func compose(
        _ container: TenantContainer,
        _ file: ComposeFile,
        _ arguments: [String],
        doing: String
    ) async throws {
        try await engine.compose(file.project, folder.home(container).compose, arguments, doing: doing)
    }

    /// Waits until a command in a service's container goes well.
    private func wait(
        for service: String,
        _ file: ComposeFile,
        doing: String,
        command: (String) -> [String]
    ) async throws {
        let isReady = try await poll(every: .milliseconds(100), atMost: options.startTimeout) {
            guard let id = try await engine.containers(project: file.project, service: service).first else {
                return false
            }
            return try await engine.attempt(command(id)).succeeded
        }
        guard isReady else {
            throw DeploymentError(
                .notReady,
                "cannot \(doing): \(service) is not ready after \(options.startTimeout)",
                next: "See docker compose -p \(file.project) logs.",
                output: try await logs(of: service, file)
            )
        }
    }

    private func logs(of service: String, _ file: ComposeFile) async throws -> String {
        guard let id = try await engine.containers(project: file.project, service: service, all: true).first else {
            return ""
        }
        let outcome = try await engine.attempt(["logs", "--tail", "20", id])
        return outcome.output + outcome.errors
    }
}

extension DeploymentFolder {
    /// The compose file of a home whose subnet was chosen. Its containers run as whoever its passwords were given to, who
    /// alone may read them: another operator than now may have made it.
    func composeFile(_ container: TenantContainer, _ options: ContainerOptions) throws -> ComposeFile {
        let home = home(container)
        guard let subnet = try home.subnet() else { throw missing(container) }
        var options = options
        if let owner = home.keyOwner { options.user = "\(owner.uid):\(owner.gid)" }
        return ComposeFile(container, subnet: subnet, options: options)
    }
}
