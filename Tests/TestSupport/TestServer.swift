import FoundationEssentials
import Migrations
import NIOCore
import Polls
import Postgres
import Provisioning
import ServiceLifecycle
import Tenancy

/// A running server on a real PostgreSQL, with a registry of its own.
public struct TestServer: Sendable {
    public let client: TestClient
    public let installation: TestInstallation
    /// As the server has it.
    public let appConfiguration: PostgresConfiguration

    /// The same on a PostgreSQL of its own: decoding of a log begins when every transaction of the cluster has ended, also
    /// those of other tests.
    public static func withOwnCluster(
        open: [String],
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestCluster.with { cluster in
            try await with(open: open, on: cluster.connectionString, body)
        }
    }

    /// Runs the body with a server whose tenants anybody may write to.
    /// - Parameter server: where its database is; the tests' common one when it is nil.
    public static func with(
        open: [String] = [],
        limits: HTTPLimits = .patient,
        tenantRoles: Bool = true,
        on server: String? = nil,
        change: @Sendable @escaping (inout PostgresConfiguration) -> Void = { _ in },
        changeServer: @Sendable @escaping (inout PollsServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestInstallation.with(open: open, tenantRoles: tenantRoles, on: server) { installation in
            var app = installation.appConfiguration
            change(&app)
            let appConfiguration = app
            var server = PollsServerConfiguration(
                postgres: app,
                port: 0,
                registryVersion: Int32(EmbeddedMigrations.control.count),
                limits: limits
            )
            // A busy machine is no reason to send a writer away.
            server.patience = .seconds(60)
            changeServer(&server)
            // The client speaks TCP; at a socket, a test asks for itself.
            let isReached = !server.host.hasPrefix("unix:")
            try await run(server) { port in
                let client = TestClient(port: port)
                let isReady = await eventually {
                    if !isReached { return true }
                    return (try? await client.ask("", "GET", "/readyz"))?.status == 200
                }
                guard isReady else { throw NotYet(description: "the server does not get ready") }
                try await body(
                    TestServer(client: client, installation: installation, appConfiguration: appConfiguration)
                )
            }
        }
    }

    private static func run(
        _ configuration: PollsServerConfiguration,
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = try buildServer(configuration, logger: TestDatabase.logger) { continuation.yield($0) }
        let group = ServiceGroup(
            configuration: .init(services: [server], logger: TestDatabase.logger)
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                for await port in ports {
                    let result: Result<Void, any Error>
                    do { result = .success(try await body(port)) } catch { result = .failure(error) }
                    await group.triggerGracefulShutdown()
                    return try result.get()
                }
            }
            try await tasks.waitForAll()
        }
    }

    public var port: Int { client.port }
    public var operatorClient: PostgresClient { installation.operatorClient }
    public var provisioner: Provisioner { installation.provisioner }
    public var operatorConfiguration: PostgresConfiguration { installation.operatorConfiguration }
    /// The registry's tenants, at every level but that of containers.
    public var fleet: Fleet {
        get throws { try .forTests(provisioner, operatorConfiguration) }
    }

    /// Sends a request to a tenant, or to any host.
    @discardableResult
    public func ask(
        _ tenant: String,
        _ method: String = "GET",
        _ path: String,
        _ json: String? = nil,
        headers: [String: String] = [:],
        host: String? = nil,
        port: Int? = nil
    ) async throws -> TestClient.Answer {
        let client = port.map { TestClient(port: $0) } ?? client
        return try await client.ask(tenant, method, path, json, headers: headers, host: host)
    }

    /// A session of a tenant, as the server's login has it: for statements that the product would never run.
    public func withSession<R: Sendable>(
        of name: String,
        _ body: @Sendable (TenantSession, PostgresClient) async throws -> R
    ) async throws -> R {
        let row = try await operatorClient.query(
            "select id, number, schema_oid, role_name, schema_version from polls_control.tenant where name = \(name)"
        )
        let (id, number, oid, role, version) = try row.decodeOne(
            UUID.self,
            Int64.self,
            UInt32.self,
            String?.self,
            Int32.self
        )
        let tenant = Tenancy.Tenant(
            id: id,
            number: number,
            name: name,
            schemaOID: oid,
            role: role,
            schemaVersion: version
        )
        return try await PostgresClient.withClient(appConfiguration, logger: TestDatabase.logger) { client in
            try await body(TenantSession(tenant, client: client), client)
        }
    }
}

extension HTTPLimits {
    /// No deadline that a slow machine could miss: a test about a deadline sets its own.
    public static let patient = HTTPLimits(
        headerTimeout: .minutes(5),
        bodyTimeout: .minutes(5),
        requestTimeout: .minutes(5),
        idleTimeout: .minutes(5),
        bodyBytes: 64 << 10,
        connections: 10_000
    )
}

extension TestServer {
    /// Pauses a tenant's writes, as a move does, and waits until the server has heard of it.
    public func pauseWrites(of name: String) async throws {
        _ = try await operatorClient.query(
            "update polls_control.tenant set state = 'moving', writes_paused = true where name = \(name)"
        )
        // Notifications come in order: once a later one has had its effect, so has this one.
        _ = try await operatorClient.query(
            "insert into polls_control.tenant_domain (host, tenant_id) select 'heard.example', id from polls_control.tenant where name = \(name)"
        )
        let hasHeard = try await eventually {
            try await ask(name, "GET", "/polls/", host: "heard.example").status == 200
        }
        guard hasHeard else { throw NotYet(description: "the server has not heard of the pause") }
    }
}
