import EmbeddedPostgres
import FoundationEssentials
import Glibc
import Provisioning

/// nginx in a container: that of the shared mode where it runs, else one of a project of its own.
///
/// It joins tenants' networks and takes new configurations while it runs: nobody's containers are restarted.
struct DockerFront: Sendable {
    let folder: DeploymentFolder
    let options: DockerRuntime.Options
    let engine: DockerEngine

    private static let live = FrontScripts.folder + "/nginx.conf"
    private var path: String { folder.path + "/front" }
    private var composePath: String { path + "/compose.yaml" }

    /// Refuses where the port of a front door that has yet to be started is taken, or where one was stopped.
    func check() async throws {
        guard try await runningOrNone() == nil else { return }
        try LocalPort.check(options.publish)
    }

    /// Has nginx test what sends these tenants' hosts to their servers, and runs the body, which puts that live.
    func withRoutes<R: Sendable>(
        to containers: [TenantContainer],
        _ body: (_ goLive: () async throws -> Void) async throws -> R
    ) async throws -> R {
        let files = try containers.map { try folder.composeFile($0, options.containers) }
        let networks = files.map(\.network).sorted()
        let text = try NginxConfiguration(
            place: .container,
            baseDomain: options.containers.baseDomain,
            tenants: files.map {
                try .init($0.container, baseDomain: options.containers.baseDomain, server: $0.webAddress)
            },
            shared: options.shared.map { .name($0) }
        ).text
        let found = try await runningOrNone()
        try write(networks: networks)
        // Nobody starts one to be told of nobody.
        if found == nil, containers.isEmpty { return try await body {} }
        let id = if let found { found } else { try await start() }
        let joined = try await joinedNetworks(id)
        for network in networks where !joined.contains(network) {
            try await engine.run(["network", "connect", network, id], doing: "let nginx into \(network)")
        }
        return try await FrontReload.with(
            ["docker", "exec", "-i", id, "sh"],
            [Self.live, "", "nginx"],
            text,
            log: "docker logs \(id)",
            copy: folder.path + "/nginx.conf",
            body
        )
    }

    /// Takes nginx out of the networks of tenants that it does not lead to any more.
    func leaveOthers(than containers: [TenantContainer]) async throws {
        guard let id = try await running() else { return }
        let networks = try containers.map { try folder.composeFile($0, options.containers).network }
        let joined = try await joinedNetworks(id)
        for network in try folder.homes().map(\.name.onEngine)
        where joined.contains(network) && !networks.contains(network) {
            try await engine.run(["network", "disconnect", network, id], doing: "take nginx out of \(network)")
        }
    }

    /// Lets a front door that runs into a network, if it is not in there.
    func join(_ network: String) async throws {
        guard let id = try await running(), try await !joinedNetworks(id).contains(network) else { return }
        try await engine.run(["network", "connect", network, id], doing: "let nginx into \(network)")
    }

    /// Takes nginx out of a network, if it is in there.
    func leave(_ network: String) async throws {
        guard let id = try await running(), try await joinedNetworks(id).contains(network) else { return }
        try await engine.run(["network", "disconnect", network, id], doing: "take nginx out of \(network)")
    }

    /// Removes the front door of the project of its own.
    func remove() async throws {
        guard FileManager.default.fileExists(atPath: composePath) else { return }
        try write(networks: [])
        try await engine.compose(
            FrontComposeFile.project,
            composePath,
            ["down", "--volumes"],
            doing: "remove the front door"
        )
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw DeploymentError(.folder, "cannot remove \(path): \(error)", next: "Remove it by hand.")
        }
    }

    /// The files of the project of its own: what a new nginx starts from.
    private func write(networks: [String]) throws {
        try DeploymentFolder.make(path)
        let file = FrontComposeFile(networks: networks, publish: options.publish, options: options.containers)
        try AtomicFile.update(file.text, to: composePath)
        try AtomicFile.update(file.overlay, to: "\(path)/\(FrontComposeFile.overlayName)")
        let none = NginxConfiguration(
            place: .container,
            baseDomain: options.containers.baseDomain,
            tenants: [],
            shared: options.shared.map { .name($0) }
        )
        try AtomicFile.update(none.text, to: path + "/nginx.conf")
        try AtomicFile.update(FrontScripts.start, to: path + "/start-nginx")
    }

    /// The container of the front door; `nil` when one may be started.
    /// - Throws: ``DeploymentError`` where one is stopped: started again, it would find its port taken.
    private func runningOrNone() async throws -> String? {
        if let id = try await running() { return id }
        if let stopped = try await engine.containers(label: FrontComposeFile.label, all: true).first {
            throw DeploymentError(
                .notReady,
                "the front door, the container \(stopped), does not run",
                next: "Start it: docker start \(stopped); or remove it: docker rm \(stopped)."
            )
        }
        return nil
    }

    /// The container of the front door, of whatever project, if it runs.
    private func running() async throws -> String? {
        let found = try await engine.containers(label: FrontComposeFile.label)
        guard found.count < 2 else {
            throw DeploymentError(
                .engine,
                "\(found.count) front doors run on this engine: \(found.joined(separator: ", "))",
                next: "Stop all but one."
            )
        }
        return found.first
    }

    private func start() async throws -> String {
        let doing = "start the front door"
        do {
            try await engine.compose(FrontComposeFile.project, composePath, ["up", "-d"], doing: doing)
        } catch {
            // Its container may have been made, and would be in the way.
            try? await remove()
            throw error
        }
        var started: String?
        let isUp = try await poll(every: .milliseconds(100), atMost: .seconds(20)) {
            started = try await running()
            guard let id = started else { return false }
            // It has read its file once it says so, and then takes signals.
            return try await engine.attempt(["exec", id, "grep", "-q", "nginx: master", "/proc/1/cmdline"]).succeeded
        }
        guard let started, isUp else {
            throw DeploymentError(
                .notReady,
                "cannot \(doing): nginx does not come up",
                next: "See docker compose -p \(FrontComposeFile.project) -f \(composePath) logs."
            )
        }
        return started
    }

    private func joinedNetworks(_ id: String) async throws -> Set<String> {
        let format = "{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}"
        let names = try await engine.run(["inspect", "--format", format, id], doing: "look at nginx's networks")
        return Set(names.split(separator: "\n").map { String($0).trimmed })
    }
}
