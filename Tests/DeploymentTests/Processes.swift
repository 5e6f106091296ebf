import Foundation
import Logging
import Provisioning
import Tenancy
import TestSupport

@testable import Deployment

/// A deployment of processes, in a folder of its own, with real servers behind a real nginx.
struct Processes: Sendable {
    let folder: DeploymentFolder
    let runtime: ProcessRuntime
    let port: Int

    /// Runs the body; afterwards nothing is left of what it started.
    static func with<R: Sendable>(
        shared: String? = nil,
        _ body: @Sendable (Processes) async throws -> R
    ) async throws -> R {
        let path = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
        let port = FreePort.any()
        var options = ProcessRuntime.Options(server: program)
        options.address = "127.0.0.1:\(port)"
        options.shared = shared
        let folder = try DeploymentFolder(path)
        let runtime = ProcessRuntime(folder: folder, options: options, logger: quiet)
        let processes = Processes(folder: folder, runtime: runtime, port: port)
        let result: Result<R, any Error>
        do { result = .success(try await body(processes)) } catch { result = .failure(error) }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path + "/tenants")) ?? [] {
            guard let dash = name.lastIndex(of: "-"), let home = Int64(name[name.index(after: dash)...]) else {
                continue
            }
            let tenant = try TenantName(String(name[..<dash]))
            try await runtime.remove(TenantContainer(tenant: tenant, home: home, domains: []), wasMade: true)
        }
        try await runtime.closeFront()
        try FileManager.default.removeItem(atPath: path)
        return try result.get()
    }

    /// Makes a tenant, open for writing, and starts its server.
    func make(_ name: String, home: Int64, domains: [String] = []) async throws -> TenantContainer {
        try await Front.make(name, home: home, domains: domains, on: runtime)
    }

    @discardableResult
    func ask(_ host: String, _ path: String, post json: String? = nil) async throws -> Front.Answer {
        try await Front(port: port).ask(host, path, post: json)
    }

    func ask(_ host: String, _ path: String, until isSuch: (Front.Answer) -> Bool) async throws -> Front.Answer {
        try await Front(port: port).ask(host, path, until: isSuch)
    }

    /// Whose server answered, or what came instead.
    func answer(of tenant: String) async -> String {
        let start = ContinuousClock.now
        do {
            let answer = try await ask("\(tenant).polls.localhost", "/livez")
            if answer.status == 200, let server = answer.server { return server }
            return "\(answer)"
        } catch {
            return "\(error) after \(ContinuousClock.now - start)"
        }
    }

    private var sockets: String { SocketFolder(for: folder.path).path }

    /// What nginx complained of.
    var frontLog: String { (try? String(contentsOfFile: sockets + "/nginx.log", encoding: .utf8)) ?? "" }

    /// nginx's main process.
    func frontMaster() throws -> pid_t {
        let text = try String(contentsOfFile: sockets + "/nginx.pid", encoding: .utf8)
        // It is made before it is written.
        guard let pid = pid_t(text.prefix { $0.isNumber }) else { throw NotYet(description: "nginx has no pid") }
        return pid
    }

    static func children(of pid: pid_t) -> [pid_t] {
        let children = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return children?.split(separator: " ").compactMap { pid_t($0) } ?? []
    }

    /// Beside the tests' own executable.
    static let program: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = CommandLine.arguments[0].contains(".xctest") ? CommandLine.arguments[0] : own
        return String(beside[..<(beside.lastIndex(of: "/") ?? beside.startIndex)]) + "/polls-server"
    }()
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
