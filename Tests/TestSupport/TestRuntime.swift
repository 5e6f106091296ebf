import EmbeddedPostgres
import FoundationEssentials
import Logging
import Migrations
import Polls
import Postgres
import Provisioning
import ServiceLifecycle
import Tenancy

/// Runs containers as parts of the test process: each a PostgreSQL cluster and a server of its own.
public actor TestRuntime: ContainerRuntime {
    private struct Part {
        var postgres: EmbeddedPostgres?
        var server: (group: ServiceGroup, task: Task<Void, any Error>, port: Int)?
    }

    private var parts: [TenantContainer: Part] = [:]
    private var routed: [TenantName: TenantContainer] = [:]
    private let routing = TestGate(1)
    private let removing = TestGate(1)
    private let folder = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
    /// So many servers are started at the same time, none before the others.
    private let together: Int
    private var starting: [CheckedContinuation<Void, Never>] = []

    public init(startingTogether together: Int = 1) { self.together = together }

    /// The port of a tenant's own server; `nil`: its requests go to the shared one.
    public func port(of tenant: TenantName) -> Int? { routed[tenant].flatMap { parts[$0]?.server?.port } }

    /// Containers of which something is there.
    public var containers: Set<TenantContainer> { Set(parts.keys) }
    /// Those whose PostgreSQL runs.
    public var running: Set<TenantContainer> { Set(parts.filter { $0.value.postgres != nil }.keys) }

    public func check(beside containers: [TenantContainer]) {}

    public func checkFiles(of containers: [TenantContainer]) {}

    public nonisolated func checkShared() {}

    public func startDatabase(_ container: TenantContainer) async throws {
        guard parts[container]?.postgres == nil else { return }
        var options = EmbeddedPostgres.Options.small
        options.settings["fsync"] = "off"
        parts[container, default: Part()].postgres = try await EmbeddedPostgres.open(
            in: folder + "/\(container.home)",
            options: options,
            logger: TestDatabase.logger
        )
    }

    public nonisolated func withOperatorURL<R: Sendable>(
        _ container: TenantContainer,
        _ body: (String) async throws -> R
    ) async throws -> R {
        try await body(try await connectionString(container))
    }

    private func connectionString(_ container: TenantContainer) throws -> String {
        guard let postgres = parts[container]?.postgres else {
            throw ProvisioningError(.runtime, "the container of \(container.tenant) does not run", next: "")
        }
        return postgres.connectionString(database: "postgres")
    }

    public func startApp(_ container: TenantContainer) async throws {
        guard parts[container]?.server == nil, let postgres = parts[container]?.postgres else { return }
        await awaitOthers()
        let login = RegistryOptions.defaultAppLogin
        let configuration = PollsServerConfiguration(
            postgres: PostgresConfiguration(
                connectionString: postgres.connectionString(user: login, database: container.tenant.rawValue)
            ),
            port: 0,
            registryVersion: Int32(EmbeddedMigrations.control.count),
            limits: .patient
        )
        let (started, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = try buildServer(configuration, logger: TestDatabase.logger) { continuation.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [server], logger: TestDatabase.logger))
        let task = Task { try await group.run() }
        for await port in started {
            parts[container]?.server = (group, task, port)
            return
        }
    }

    private func awaitOthers() async {
        if starting.count + 1 < together {
            await withCheckedContinuation { starting.append($0) }
        } else {
            for other in starting { other.resume() }
            starting = []
        }
    }

    public func route(to containers: @escaping TenantContainers) async throws {
        try await withRoutes(to: containers) { goLive in try await goLive() }
    }

    public nonisolated func withRoutes<R: Sendable>(
        to containers: TenantContainers,
        _ body: (_ goLive: () async throws -> Void) async throws -> R
    ) async throws -> R {
        await routing.enter()
        let result: Result<R, any Error>
        do {
            let containers = try await containers()
            result = .success(try await body { await lead(to: containers) })
        } catch { result = .failure(error) }
        await routing.leave()
        return try result.get()
    }

    private func lead(to containers: [TenantContainer]) {
        routed = Dictionary(containers.map { ($0.tenant, $0) }) { $1 }
    }

    public func closeFront() { routed = [:] }

    public func stop(_ container: TenantContainer) async throws {
        if let server = parts[container]?.server {
            await server.group.triggerGracefulShutdown()
            _ = await server.task.result
        }
        await parts[container]?.postgres?.close()
        parts[container]?.server = nil
        parts[container]?.postgres = nil
    }

    /// Lets whoever removes a container during the call wait until its end.
    public nonisolated func holdingRemovals<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        await removing.enter()
        let result: Result<R, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await removing.leave()
        return try result.get()
    }

    public func remove(_ container: TenantContainer, wasMade _: Bool) async throws {
        await removing.enter()
        await removing.leave()
        let home = parts[container]?.postgres?.home
        try await stop(container)
        for path in [home, folder + "/\(container.home)"].compactMap(\.self) {
            try? FileManager.default.removeItem(atPath: path)
        }
        parts[container] = nil
    }

    /// Removes everything.
    public func close() async throws {
        for container in parts.keys { try await remove(container, wasMade: true) }
        try? FileManager.default.removeItem(atPath: folder)
    }
}
