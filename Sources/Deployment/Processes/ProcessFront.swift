import EmbeddedPostgres
import FoundationEssentials
import Glibc
import Provisioning

/// nginx as a process of this machine.
struct ProcessFront: Sendable {
    let folder: DeploymentFolder
    let options: ProcessRuntime.Options
    let sockets: SocketFolder

    private var place: NginxConfiguration.Place { .process(address: options.address, folder: sockets.path) }
    private var live: String { folder.path + "/nginx.conf" }
    private var process: DetachedProcess { DetachedProcess(folder: folder.path, name: "nginx") }
    private var pid: String { sockets.path + "/nginx.pid" }
    private var log: String { sockets.path + "/nginx.log" }

    /// Refuses where nginx is missing, or its port is another program's.
    func check() async throws {
        _ = try await Command.run(options.nginx, ["-v"])
        guard !process.isRunning else { return }
        try LocalPort.check(options.address)
    }

    /// Has nginx test what sends these tenants' hosts to their servers, and runs the body, which puts that live.
    func withRoutes<R: Sendable>(
        to containers: [TenantContainer],
        _ body: (_ goLive: () async throws -> Void) async throws -> R
    ) async throws -> R {
        let text = try NginxConfiguration(
            place: place,
            baseDomain: options.baseDomain,
            tenants: containers.map {
                try .init($0, baseDomain: options.baseDomain, server: "unix:" + sockets.server($0))
            },
            shared: options.shared.map { .server($0) }
        ).text
        guard process.isRunning, isServing else { return try await body { try await start(text) } }
        return try await FrontReload.with(["/bin/sh"], [live, pid] + command, text, log: log, body)
    }

    func stop() async throws {
        try await process.stop()
        sockets.clear()
    }

    private func start(_ text: String) async throws {
        try await process.stop()
        try sockets.make()
        let new = live + ".new"
        try AtomicFile.write(text, to: new)
        let test = try await Command.run(options.nginx, Array(command.dropFirst()) + ["-t", "-q", "-c", new])
        guard test.succeeded else { throw NginxFailure.explain(test.errors + test.output, log: log) }
        guard rename(new, live) == 0 else { throw NginxFailure.unwritable(live) }
        // What a killed nginx left, a new one would find taken.
        let fresh = ["/bin/sh", "-c", "rm -f \"$1\"*; shift; exec \"$@\"", "nginx", place.marks]
        try await process.start(fresh + command + ["-c", live, "-g", "daemon off;"], environment: [:])
        guard try await poll(atMost: .seconds(10), until: { isServing }) else {
            try? await stop()
            throw NginxFailure.explain(process.lastWords, log: log)
        }
    }

    /// nginx writes its pid once it listens.
    private var isServing: Bool {
        guard let text = try? String(contentsOfFile: pid, encoding: .utf8),
            let number = pid_t(text.prefix { $0.isNumber })
        else { return false }
        return kill(number, 0) == 0
    }

    /// Its own log, so that it looks for no other.
    private var command: [String] { [options.nginx, "-e", log] }
}
