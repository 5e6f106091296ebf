import EmbeddedPostgres
import FoundationEssentials
import Logging
import Postgres

/// A deployment of its own in a scratch folder: nginx, the shared server and its PostgreSQL, and tenants of one level.
struct Site: Sendable {
    let folder: String
    /// nginx's.
    let port: Int
    let operatorURL: String
    let admin: LevelAdmin
    let programs: String
    let serverPort: Int
    let nginx: BenchNginx
    let logger: Logger

    /// How a site is made.
    struct Options: Sendable {
        /// Where all sites are.
        let folder: String
        /// Where polls-admin and polls-server are.
        let programs: String
        let runtime: ComparisonRun.Runtime
        let logger: Logger
    }

    /// Runs the body with the shared server and its PostgreSQL up, and ends everything that was started, however it ends.
    static func with<R: Sendable>(
        _ options: Options,
        level: Level,
        _ body: @escaping @Sendable (Site) async throws -> R
    ) async throws -> R {
        let folder = "\(options.folder)/\(level.rawValue)"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let cluster = try await EmbeddedPostgres.open(
            in: folder + "/shared",
            options: .init(settings: ["max_connections": "300", "wal_level": "logical"], database: "polls"),
            logger: options.logger
        )
        let engine = LevelAdmin.engine(of: folder + "/deploy", level, options.runtime)
        let result: Result<R, any Error>
        do {
            let (port, serverPort) = (try FreePort.find(), try FreePort.find())
            // A container reaches the shared server by the engine's bridge, where the server has to listen too.
            let bridge = engine == nil ? nil : try await BenchEngine.bridge()
            let site = Site(
                folder: folder,
                port: port,
                operatorURL: cluster.connectionString(),
                admin: LevelAdmin(
                    program: options.programs + "/polls-admin",
                    level: level,
                    runtime: options.runtime,
                    operatorURL: cluster.connectionString(),
                    folder: folder + "/deploy",
                    front: "127.0.0.1:\(port)",
                    shared: "\(bridge ?? "127.0.0.1"):\(serverPort)"
                ),
                programs: options.programs,
                serverPort: serverPort,
                nginx: BenchNginx(port: port, folder: folder + "/nginx"),
                logger: options.logger
            )
            try await site.admin.run(["init"])
            let server = Command(
                options.programs + "/polls-server",
                [],
                environment: [
                    "DATABASE_URL": cluster.connectionString(user: "polls_app"),
                    "HOST": bridge == nil ? "127.0.0.1" : "0.0.0.0",
                    "PORT": "\(serverPort)", "POLLS_LOG_LEVEL": "error",
                ]
            )
            result = .success(
                try await ServerProcess.with(server, port: serverPort, probe: "/readyz") { _ in try await body(site) }
            )
        } catch { result = .failure(error) }
        await cluster.close()
        await DeploymentProcesses.endAll()
        // Now that nobody is left who could make more of it.
        await engine?.remove()
        LevelAdmin.removeSockets(of: folder + "/deploy")
        ClusterHomes.remove(outsideOf: folder)
        try? FileManager.default.removeItem(atPath: folder)
        return try result.get()
    }

    /// Runs the body with nginx before the shared server.
    func withFront<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await nginx.run(nginx.configuration(shared: serverPort), body)
    }

    /// Runs the body with the level's front door: at the level `container` it is the runtime's own, which it starts for
    /// the first tenant.
    func withLevelFront<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        admin.level == .container ? try await body() : try await withFront(body)
    }

    /// Seconds from the start of polls-admin until the tenant answers through nginx.
    func create(_ tenant: String) async throws -> Double {
        let start = ContinuousClock.now
        try await admin.create(tenant)
        try await waitUntilServed(tenant)
        return (ContinuousClock.now - start).seconds
    }

    func waitUntilServed(_ tenant: String, atMost limit: Duration = .seconds(60)) async throws {
        let start = ContinuousClock.now
        while await LoopbackHTTP.asked(port: port, host: tenant + ".polls.localhost", path: "/polls/")?.status != 200 {
            guard ContinuousClock.now - start < limit else {
                throw CompareFailure(
                    "\(tenant) does not answer through nginx on port \(port)",
                    next: "Make one by hand with polls-admin, and see what its server and nginx log."
                )
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// So many questions of three choices each.
    func fill(_ tenant: String, questions: Int = 20) async throws {
        try await admin.sql(
            tenant,
            """
            insert into question (question)
              select 'What is your favourite colour, number ' || n from generate_series(1, \(questions)) n;
            insert into choice (question_id, choice)
              select id, 'Choice ' || n from question, generate_series(1, 3) n order by id, n
            """
        )
    }

    func footprint() async throws -> Footprint {
        let processes = DeploymentProcesses.all() + (await admin.engine?.processes() ?? [])
        return Footprint(
            memory: DeploymentProcesses.memory(processes),
            disk: ([folder] + ClusterHomes.outside(of: folder)).map(DiskUsage.bytes).reduce(0, +)
                + (await admin.engine?.disk() ?? 0),
            processes: processes.count,
            connections: DeploymentProcesses.sessions(processes).count
        )
    }

    /// Runs statements as the operator in the control database.
    func execute(_ script: SQL) async throws {
        try await PostgresClient.execute(script, at: operatorURL, logger: logger)
    }
}
