import AsyncHTTPClient
import Foundation
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

@testable import Deployment

/// The container level on a real engine, which scripts/test-containers starts; POLLS_TEST_DOCKER=1 says that it is there.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["POLLS_TEST_DOCKER"] == "1"),
    .timeLimit(.minutes(10))
)
struct DockerRuntimeTests {
    private let base = "polls.localhost"

    /// Runs the body with a front door of its own; afterwards nothing is left of what it started.
    private func with(_ body: (DockerRuntime, Front, DeploymentFolder) async throws -> Void) async throws {
        let path = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
        let port = FreePort.any()
        var options = try DockerRuntime.Options()
        options.publish = "127.0.0.1:\(port)"
        options.shared = nil
        options.subnets = SubnetRange(try Subnet("10.214.0.0/24"))
        let folder = try DeploymentFolder(path)
        let runtime = try DockerRuntime(folder: folder, options: options)
        let result: Result<Void, any Error>
        do { result = .success(try await body(runtime, Front(port: port), folder)) } catch { result = .failure(error) }
        for name in try FileManager.default.contentsOfDirectory(atPath: path + "/tenants") {
            let dash = try #require(name.lastIndex(of: "-"))
            let home = try #require(Int64(name[name.index(after: dash)...]))
            let tenant = try TenantName(String(name[..<dash]))
            try await runtime.remove(TenantContainer(tenant: tenant, home: home, domains: []), wasMade: true)
        }
        try await runtime.closeFront()
        try FileManager.default.removeItem(atPath: path)
        try result.get()
        for kind in ["ps --all --quiet --filter name=polls-", "volume ls --quiet --filter name=polls-"] {
            let left = try await docker(kind.split(separator: " ").map(String.init))
            #expect(left == "", "docker \(kind)")
        }
        #expect(try await !docker(["network", "ls", "--format", "{{.Name}}"]).contains("polls-"))
    }

    @Test func tenantsAreMadeServedKeptApartStoppedAndRemoved() async throws {
        try await with { runtime, front, folder in
            try await runtime.check(beside: [])
            let potter = try await Front.make("potter", home: 7, domains: ["polls.hogwarts.test"], on: runtime)
            try await runtime.route([potter])
            let thor = try await Front.make("thor", home: 8, on: runtime)
            try await runtime.route([potter, thor])

            // Each host reaches its own server, under a new connection each time.
            for (host, nonce) in [
                ("potter.\(base)", "potter-7"), ("thor.\(base)", "thor-8"), ("polls.hogwarts.test", "potter-7"),
            ] {
                for _ in 0..<20 {
                    let answer = try await front.ask(host, "/livez")
                    #expect(answer.server == nonce, "\(host)")
                }
            }
            for name in ["potter", "thor"] {
                let made = try await front.ask(
                    "\(name).\(base)",
                    "/polls/",
                    post: "{\"question\":\"Is this \(name)?\"}"
                )
                #expect(made.status == 201)
            }
            for name in ["potter", "thor"] {
                let list = try await front.ask("\(name).\(base)", "/polls/")
                #expect(list.body.ranges(of: "Is this ").count == 1 && list.body.contains("Is this \(name)?"))
            }
            await #expect(throws: HTTPClientError.self) { try await front.ask("example.com", "/polls/") }

            try await networksAreApart(folder)
            try await noSecretIsInAFileOrAnEnvironment(folder)

            // One tenant's PostgreSQL, killed, is its own matter, and comes back by itself.
            let web = try await container("potter", "web")
            try await docker(["kill", container("potter", "db")])
            #expect(try await front.ask("thor.\(base)", "/polls/").status == 200)
            try await docker(["start", container("potter", "db", all: true)])
            let back = try await front.ask("potter.\(base)", "/polls/") { $0.status == 200 }
            #expect(back.body.contains("Is this potter?"))
            #expect(try await container("potter", "web") == web, "its server is the same")

            // Stopped, it is unavailable, and its data stays.
            try await runtime.stop(potter)
            let down = try await front.ask("potter.\(base)", "/polls/")
            #expect(down.status == 503 && down.retryAfter == "2")
            #expect(try await front.ask("thor.\(base)", "/polls/").status == 200)
            try await runtime.startApp(potter)
            #expect(try await front.ask("potter.\(base)", "/polls/").body.contains("Is this potter?"))

            try await runtime.route([thor])
            await #expect(throws: HTTPClientError.self) { try await front.ask("potter.\(base)", "/polls/") }
            try await runtime.remove(potter, wasMade: true)
            try await runtime.remove(potter, wasMade: true)
            #expect(try await front.ask("thor.\(base)", "/livez").server == "thor-8")
        }
    }

    @Test func anOperatorReachesPostgreSQLThroughTheEngineAndLeavesNothingThere() async throws {
        try await with { runtime, _, _ in
            let potter = TenantContainer(tenant: try TenantName("potter"), home: 7, domains: [])
            try await runtime.startDatabase(potter)
            // What runs already is left as it is.
            try await runtime.startDatabase(potter)
            try await runtime.withOperatorURL(potter) { url in
                var configuration = TestDatabase.configuration(url)
                configuration.connections = 0
                configuration.leases = 4
                try await PostgresClient.withClient(configuration, logger: quiet) { client in
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<4 {
                            group.addTask {
                                try await client.withConnection { connection in
                                    let rows = try await connection.query(
                                        "select repeat('x', 1000) from generate_series(1, 5000)"
                                    )
                                    return try rows.decode(String.self).map(\.count).reduce(0, +)
                                }
                            }
                        }
                        for try await count in group { #expect(count == 5_000_000) }
                    }
                    let (superuser, wal) = try await client.withConnection { connection in
                        let rows = try await connection.query(
                            "select current_setting('is_superuser'), current_setting('wal_level')"
                        )
                        return try rows.decodeOne(String.self, String.self)
                    }
                    #expect(superuser == "on" && wal == "logical")
                }
            }
            let database = try await container("potter", "db")
            let log = try await docker(["logs", database], errors: true)
            #expect(!log.contains("terminating any other active server processes"), "\(log)")
            func relays() async throws -> [Substring] {
                try await docker(["top", database, "-o", "pid,args"]).split(separator: "\n")
                    .filter { $0.hasSuffix(" cat") || $0.contains("/dev/tcp") }
            }
            for _ in 0..<100 where try await !relays().isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            #expect(try await relays() == [])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: "/tmp").allSatisfy { !$0.hasPrefix("polls-tunnel") }
            )
        }
    }

    @Test func anotherProgramsPortIsRefusedAndNothingIsStarted() async throws {
        try await with { runtime, front, folder in
            let name = "polls-squatter"
            try await docker([
                "run", "--detach", "--rm", "--name", name, "--publish", "127.0.0.1:\(front.port):80", "nginx:stable",
            ])
            let error = await #expect(throws: DeploymentError.self) { try await runtime.check(beside: []) }
            #expect(error?.code == .portTaken)
            try await docker(["rm", "--force", name])
        }
    }

    @Test func aMissingImageIsNamed() async throws {
        var options = try DockerRuntime.Options()
        options.containers.appImage = "polls:none"
        let folder = try DeploymentFolder("/tmp/polls-test-\(UUID().uuidString.prefix(8))")
        let runtime = try DockerRuntime(folder: folder, options: options)
        let error = await #expect(throws: DeploymentError.self) { try await runtime.check(beside: []) }
        #expect(error?.code == .imageMissing && error?.message.contains("polls:none") == true)
        try FileManager.default.removeItem(atPath: folder.path)
    }

    @Test func aValueThatComposeRefusesIsSaidAndNothingRuns() async throws {
        let folder = try DeploymentFolder("/tmp/polls-test-\(UUID().uuidString.prefix(8))")
        var options = try DockerRuntime.Options()
        options.containers.databaseLimits.memory = "lots"
        let runtime = try DockerRuntime(folder: folder, options: options)
        let potter = TenantContainer(tenant: try TenantName("potter"), home: 7, domains: [])
        let error = await #expect(throws: DeploymentError.self) { try await runtime.startDatabase(potter) }
        #expect(error?.code == .badInput, "\(error.map { "\($0)" } ?? "")")
        #expect(try await docker(["ps", "--all", "--quiet", "--filter", "name=polls-potter"]) == "")
        try await runtime.remove(potter, wasMade: true)
        #expect(try await !docker(["network", "ls", "--format", "{{.Name}}"]).contains("polls-potter"))
        try FileManager.default.removeItem(atPath: folder.path)
    }

    /// As a full disk leaves one.
    @Test func aHomeWithoutItsSubnetIsRemovedAndMadeAnew() async throws {
        try await with { runtime, _, folder in
            let potter = TenantContainer(tenant: try TenantName("potter"), home: 7, domains: [])
            let home = folder.path + "/tenants/potter-7"
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
            try await runtime.stop(potter)
            try await runtime.remove(potter, wasMade: true)
            #expect(!FileManager.default.fileExists(atPath: home))
            try await runtime.startDatabase(potter)
        }
    }

    @Test func containersAreNotForgottenWhereTheirFilesAreNot() async throws {
        try await with { runtime, _, folder in
            let potter = TenantContainer(tenant: try TenantName("potter"), home: 7, domains: [])
            try await runtime.startDatabase(potter)
            let elsewhere = try DeploymentFolder(folder.path + "-elsewhere")
            let other = try DockerRuntime(folder: elsewhere, options: try DockerRuntime.Options())
            for act in [
                { try await other.remove(potter, wasMade: true) }, { try await other.remove(potter, wasMade: false) },
                { try await other.check(beside: [potter]) }, { try other.checkFiles(of: [potter]) },
            ] {
                let error = await #expect(throws: DeploymentError.self) { try await act() }
                #expect(error?.code == .folder && error?.next.contains("POLLS_DEPLOY") == true)
            }
            try FileManager.default.removeItem(atPath: elsewhere.path)
            #expect(try await !container("potter", "db").isEmpty)
        }
    }

    /// No tenant's server opens another tenant's PostgreSQL or server, and none has a way out.
    private func networksAreApart(_ folder: DeploymentFolder) async throws {
        func address(_ service: String) async throws -> String {
            try await docker([
                "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", service,
            ])
        }
        func opens(_ from: String, _ host: String, _ port: Int) async throws -> Bool {
            let script = "timeout 2 bash -c '</dev/tcp/\(host)/\(port)' 2>/dev/null && echo yes || echo no"
            return try await docker(["exec", from, "bash", "-c", script]) == "yes"
        }
        let thor = try await container("thor", "web")
        let potterDatabase = try await address(container("potter", "db"))
        let potterServer = try await address(container("potter", "web"))
        let own = try await address(container("thor", "db"))
        #expect(try await opens(thor, own, 5432), "its own PostgreSQL")
        #expect(try await !opens(thor, potterDatabase, 5432))
        #expect(try await !opens(thor, potterServer, 8080))
    }

    /// Passwords are in the key files alone, and those are their reader's.
    private func noSecretIsInAFileOrAnEnvironment(_ folder: DeploymentFolder) async throws {
        let home = folder.path + "/tenants/potter-7"
        let passwords = try ["postgres-password", "app-password"].map {
            try String(contentsOfFile: "\(home)/keys/\($0)", encoding: .utf8).trimmingCharacters(in: .newlines)
        }
        let compose = try String(contentsOfFile: home + "/compose.yaml", encoding: .utf8)
        for name in ["db", "web"] {
            let inspected = try await docker(["inspect", container("potter", name)])
            for password in passwords { #expect(!inspected.contains(password) && !compose.contains(password)) }
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: home + "/keys") {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(home)/keys/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        let (bind, published) = try await (
            docker(["inspect", "--format", "{{.HostConfig.ReadonlyRootfs}}", container("potter", "web")]),
            docker(["inspect", "--format", "{{.NetworkSettings.Ports}}", container("potter", "db")])
        )
        #expect(bind == "true")
        #expect(!published.contains("127.0.0.1") && !published.contains("0.0.0.0"))
    }

    private func container(_ tenant: String, _ service: String, all: Bool = false) async throws -> String {
        let label = "label=com.docker.compose.service=\(tenant)_\(service)"
        return try await docker(["ps", "--quiet", "--filter", label] + (all ? ["--all"] : []))
    }

    @discardableResult
    private func docker(_ arguments: [String], errors: Bool = false) async throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["docker"] + arguments
        process.standardOutput = pipe
        if errors { process.standardError = pipe }
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "docker \(arguments.joined(separator: " "))")
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
