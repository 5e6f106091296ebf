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

    func drop(_ tenant: String) async throws { try await run(["drop-schema", tenant, "--yes"]) }

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

    /// The processes of the level's containers that are no descendants of ours: those of a Docker engine.
    func engineProcesses() async throws -> [Int32] {
        guard runtime == .docker, level == .container else { return [] }
        let table = ProcessTable.read()
        let ids = try await Command("docker", ["ps", "--quiet", "--no-trunc", "--filter", "name=^polls-"]).run().text
        var found: Set<Int32> = []
        for id in ids.split(separator: "\n") {
            let inspected = try await Command("docker", ["inspect", "--format", "{{.State.Pid}}", String(id)]).run()
            guard let main = Int32(inspected.text.trimmed), main > 0 else { continue }
            found.insert(main)
            found.formUnion(table.descendants(of: [main]))
            // What the engine keeps for each container, too.
            if let shim = table.parent(of: main), shim > 1 { found.insert(shim) }
        }
        return found.sorted()
    }

    /// The bytes of the level's volumes that are in no folder of ours: those of a Docker engine.
    func engineDisk() async throws -> Int {
        guard runtime == .docker, level == .container else { return 0 }
        let names = try await Command("docker", ["volume", "ls", "--quiet", "--filter", "name=^polls-"]).run().text
        var sum = 0
        for name in names.split(separator: "\n") {
            let path = try await Command("docker", ["volume", "inspect", "--format", "{{.Mountpoint}}", String(name)])
                .run()
            sum += DiskUsage.bytes(path.text.trimmed)
        }
        return sum
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
    static func choose(_ wish: String) async -> (runtime: ComparisonRun.Runtime, why: String) {
        if let runtime = ComparisonRun.Runtime(rawValue: wish) { return (runtime, "as it was asked for") }
        guard let engine = try? await Command("docker", ["info", "--format", "{{.ServerVersion}}"]).outcome(),
            engine.succeeded
        else { return (.process, "no Docker engine answers here") }
        guard let image = try? await Command("docker", ["image", "inspect", "polls:latest"]).outcome(), image.succeeded
        else { return (.process, "the Docker engine here has no image polls:latest (make image makes it)") }
        return (.docker, "a Docker engine answers here, and has the image polls:latest")
    }
}
