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

    private static let live = "/etc/nginx/front/nginx.conf"
    private var path: String { folder.path + "/front" }
    private var composePath: String { path + "/compose.yaml" }

    /// Refuses where the port of a front door that has yet to be started is taken.
    func check() async throws {
        guard try await running() == nil else { return }
        let parts = options.publish.split(separator: ":")
        guard let port = parts.last.flatMap({ UInt16($0) }) else {
            throw DeploymentError(
                .badInput,
                "\(options.publish.debugDescription) is no address of nginx's",
                next: "Give one such as 127.0.0.1:8080."
            )
        }
        guard LocalPort.isFree(host: parts.count > 1 ? String(parts[0]) : "0.0.0.0", port: port) else {
            throw DeploymentError(
                .portTaken,
                "\(options.publish) is taken, and not by a front door of polls",
                next: "Stop what listens there, or publish another address."
            )
        }
    }

    /// Sends these tenants' hosts to their servers.
    func route(_ containers: [TenantContainer]) async throws {
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
        try write(networks: networks)
        let found = try await running()
        let id = if let found { found } else { try await start() }
        let joined = try await joinedNetworks(id)
        for network in networks where !joined.contains(network) {
            try await engine.run(["network", "connect", network, id], doing: "let nginx into \(network)")
        }
        let live = try await engine.attempt(["exec", id, "cat", Self.live])
        if live.output != text {
            let outcome = try await engine.attempt(
                ["exec", "-i", id, "sh", "-c", FrontScripts.reload, "reload", Self.live, "", "nginx"],
                input: text
            )
            try NginxFailure.check(outcome, log: "docker logs \(id)")
        }
        try AtomicFile.write(text, to: folder.path + "/nginx.conf")
        let left = try folder.homes().map { "polls-" + ($0.path.split(separator: "/").last ?? "") }
        for network in left where joined.contains(network) && !networks.contains(network) {
            try await engine.run(["network", "disconnect", network, id], doing: "take nginx out of \(network)")
        }
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
        try AtomicFile.write(file.text, to: composePath)
        try AtomicFile.write(file.overlay, to: "\(path)/\(FrontComposeFile.overlayName)")
        let none = NginxConfiguration(
            place: .container,
            baseDomain: options.containers.baseDomain,
            tenants: [],
            shared: options.shared.map { .name($0) }
        )
        try AtomicFile.write(none.text, to: path + "/nginx.conf")
        try AtomicFile.write(FrontScripts.start, to: path + "/start-nginx")
    }

    /// The container of the front door, of whatever project.
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
        try await engine.compose(FrontComposeFile.project, composePath, ["up", "-d"], doing: doing)
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            // It has read its file once it says so, and then takes signals.
            if let id = try await running(),
                try await engine.attempt(["exec", id, "grep", "-q", "nginx: master", "/proc/1/cmdline"]).succeeded
            {
                return id
            }
            guard ContinuousClock.now < deadline else {
                throw DeploymentError(
                    .notReady,
                    "cannot \(doing): nginx does not come up",
                    next: "See docker compose -p \(FrontComposeFile.project) -f \(composePath) logs."
                )
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func joinedNetworks(_ id: String) async throws -> Set<String> {
        let format = "{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}"
        let names = try await engine.run(["inspect", "--format", format, id], doing: "look at nginx's networks")
        return Set(names.split(separator: "\n").map { String($0).trimmed })
    }
}
