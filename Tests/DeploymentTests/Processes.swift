import AsyncHTTPClient
import Deployment
import Foundation
import Logging
import Migrations
import Postgres
import Provisioning
import Tenancy
import TestSupport

/// A deployment of processes, in a folder of its own, with real servers behind a real nginx.
struct Processes: Sendable {
    let folder: DeploymentFolder
    let runtime: ProcessRuntime
    let port: Int

    /// Runs the body; afterwards nothing is left of what it started.
    static func with<R: Sendable>(_ body: @Sendable (Processes) async throws -> R) async throws -> R {
        let path = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
        let port = freePort()
        var options = ProcessRuntime.Options(server: program)
        options.address = "127.0.0.1:\(port)"
        let folder = try DeploymentFolder(path)
        let runtime = try ProcessRuntime(folder: folder, options: options, logger: quiet)
        let processes = Processes(folder: folder, runtime: runtime, port: port)
        let result: Result<R, any Error>
        do { result = .success(try await body(processes)) } catch { result = .failure(error) }
        try await runtime.stopFront()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path + "/tenants")) ?? [] {
            guard let dash = name.lastIndex(of: "-"), let home = Int64(name[name.index(after: dash)...]) else {
                continue
            }
            let tenant = try TenantName(String(name[..<dash]))
            try await runtime.remove(TenantContainer(tenant: tenant, home: home, domains: []))
        }
        try FileManager.default.removeItem(atPath: path)
        return try result.get()
    }

    /// Makes a tenant, open for writing, and starts its server.
    func make(_ name: String, home: Int64, domains: [String] = []) async throws -> TenantContainer {
        let container = TenantContainer(tenant: try TenantName(name), home: home, domains: domains)
        try await runtime.startDatabase(container)
        try await runtime.withOperatorURL(container) { url in
            var configuration = PostgresConfiguration(connectionString: url)
            configuration.connections = 0
            try await PostgresClient.withClient(configuration, logger: quiet) { client in
                let control = try Migration.load(EmbeddedMigrations.control)
                _ = try await RegistryInstaller(client: client, migrations: control, logger: quiet).install()
                let provisioner = try await Provisioner.open(
                    client,
                    product: try TestProduct.polls(),
                    registryVersion: control.count,
                    logger: quiet
                )
                try await provisioner.makeOpen(name)
            }
        }
        try await runtime.startApp(container)
        return container
    }

    struct Answer: Sendable {
        let status: UInt
        let server: String?
        let retryAfter: String?
        let body: String
    }

    /// Asks nginx.
    @discardableResult
    func ask(
        _ host: String,
        _ path: String,
        post json: String? = nil,
        keepAlive: Bool = true
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.headers.add(name: "Host", value: host)
        // An idle connection may be closed at any time, and a request on its way then be lost (RFC 9112, section 9.3.1).
        if !keepAlive { request.headers.add(name: "Connection", value: "close") }
        if let json {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(.init(string: json))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return Answer(
            status: response.status.code,
            server: response.headers.first(name: "polls-upstream"),
            retryAfter: response.headers.first(name: "retry-after"),
            body: String(buffer: try await response.body.collect(upTo: 1 << 20))
        )
    }

    /// Asks until the answer is such, for at most 30 s.
    func ask(_ host: String, _ path: String, until isSuch: (Answer) -> Bool) async throws -> Answer {
        var answer = try await ask(host, path)
        for _ in 0..<600 where !isSuch(answer) {
            try await Task.sleep(for: .milliseconds(50))
            answer = try await ask(host, path)
        }
        return answer
    }

    private static func freePort() -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, length)
                _ = getsockname(descriptor, $0, &length)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Beside the tests' own executable.
    static let program: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = CommandLine.arguments[0].contains(".xctest") ? CommandLine.arguments[0] : own
        return String(beside[..<(beside.lastIndex(of: "/") ?? beside.startIndex)]) + "/polls-server"
    }()
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
