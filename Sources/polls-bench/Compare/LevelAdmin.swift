import FoundationEssentials

/// All that the comparison asks of polls-admin that depends on a tenant's level, and on what containers run on.
struct LevelAdmin: Sendable {
    /// polls-admin's path.
    let program: String
    let level: Level
    let runtime: ComparisonRun.Runtime
    /// DATABASE_URL of the operator, and where the container level is kept and reached.
    let environment: [String: String]

    /// - Parameters:
    ///   - folder: of the container level's files.
    ///   - front: nginx's address.
    ///   - shared: the shared server's.
    init(
        program: String,
        level: Level,
        runtime: ComparisonRun.Runtime,
        operatorURL: String,
        folder: String,
        front: String,
        shared: String
    ) {
        self.program = program
        self.level = level
        self.runtime = runtime
        environment = [
            "DATABASE_URL": operatorURL, "POLLS_DEPLOY": folder, "POLLS_RUNTIME": runtime.rawValue,
            "POLLS_PUBLISH": front, "POLLS_SHARED_SERVER": shared,
        ]
    }

    @discardableResult
    func run(_ arguments: [String]) async throws -> Command.Output {
        try await Command(program, arguments, environment: environment).run()
    }

    /// Makes one tenant, at the level unless told otherwise.
    func create(_ tenant: String, at other: Level? = nil) async throws {
        let level = other ?? level
        let place = level == .schema ? [] : ["--level", level.rawValue]
        try await run(["create-schema", tenant, "--open", "--no-token"] + place)
    }

    /// Runs SQL as the tenant, wherever it lives. The rows of the last statement, as JSON.
    @discardableResult
    func sql(_ tenant: String, _ statements: String) async throws -> [[String: JSONScalar]] {
        let lines = try await run(["sql", tenant, statements, "--json"]).text.split(separator: "\n")
        guard let last = lines.last, last.hasPrefix("[") else { return [] }
        return try JSONDecoder().decode([[String: JSONScalar]].self, from: Data(last.utf8))
    }

    /// Runs a file with psql in the tenant's home.
    func psql(_ tenant: String, file: String) async throws {
        try await run(["psql", tenant, "--", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file])
    }

    /// Brings so many tenants up to date, which must all be behind. Seconds.
    func migrateAll(_ tenants: Int) async throws -> Double {
        let output = try await run(["migrate", "--json"])
        let run = try JSONDecoder().decode(MigrationOutcome.self, from: Data(output.text.utf8))
        guard run.migrated.count == tenants else {
            throw CompareFailure(
                "polls-admin migrate took up \(run.migrated.count) of \(tenants) tenants",
                next: "See what polls-admin migrate --dry-run says."
            )
        }
        return output.seconds
    }

    private struct MigrationOutcome: Decodable {
        let migrated: [Tenant]

        struct Tenant: Decodable { let name: String }
    }

    /// Moves a tenant.
    /// - Returns: the pause that the move reports, in milliseconds, and the seconds of the whole move.
    func move(_ tenant: String, to level: Level) async throws -> (pause: Double, seconds: Double) {
        let output = try await run(["move", tenant, "--to", level.rawValue, "--json"])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        if let outcome = try? decoder.decode(MoveOutcome.self, from: Data(output.text.utf8)) {
            return (outcome.pauseMs, output.seconds)
        }
        throw CompareFailure(
            "polls-admin move told no pause: \(output.text)",
            next: "Use a polls-admin and a polls-bench of the same version."
        )
    }

    private struct MoveOutcome: Decodable {
        let pauseMs: Double
    }

    /// What a Docker engine has of the level. `nil`: the level has nothing there.
    var engine: BenchEngine? { environment["POLLS_DEPLOY"].flatMap { Self.engine(of: $0, level, runtime) } }

    static func engine(of folder: String, _ level: Level, _ runtime: ComparisonRun.Runtime) -> BenchEngine? {
        level == .container && runtime == .docker ? BenchEngine(folder: folder) : nil
    }

    /// Removes what the process runtime keeps outside of its folder: sockets have a short one of their own, which its
    /// nginx.conf names.
    static func removeSockets(of folder: String) {
        let text = (try? String(contentsOfFile: folder + "/nginx.conf", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("pid /tmp/polls-front-") {
            let path = line.dropFirst("pid ".count).dropLast("/nginx.pid;".count)
            try? FileManager.default.removeItem(atPath: String(path))
        }
    }

    /// What the container level can run on here, and why that.
    /// - Throws: ``CompareFailure`` where it cannot run on what it was wished on.
    static func choose(_ wish: String) async throws -> (runtime: ComparisonRun.Runtime, why: String) {
        guard wish != ComparisonRun.Runtime.process.rawValue else { return (.process, "as it was asked for") }
        let obstacle = await BenchEngine.obstacle()
        guard wish == ComparisonRun.Runtime.docker.rawValue else {
            return obstacle.map { (.process, $0) } ?? (
                .docker, "a Docker engine answers here, and has the image polls:latest"
            )
        }
        if let obstacle {
            throw CompareFailure(obstacle, next: "Mend that, or measure with --runtime process.")
        }
        return (.docker, "as it was asked for")
    }
}
