import AsyncHTTPClient
import FoundationEssentials
import HTTPTypes
import Migrations
import NIOCore
import Polls
import Postgres
import Provisioning
import ServiceLifecycle
import Tenancy

/// A running server on a real PostgreSQL, with a registry of its own.
public struct TestServer: Sendable {
    public let port: Int
    /// As the operator.
    public let operatorClient: PostgresClient
    public let provisioner: Provisioner
    /// As the server's login.
    public let appConfiguration: PostgresConfiguration

    /// An answer, its body read.
    public struct Answer: Sendable {
        public let status: UInt
        public let headers: [String: String]
        public let body: String
    }

    /// Runs the body with a server whose tenants are `open`, which anybody may write to, and `closed`, which need a token.
    public static func with(
        open: [String] = [],
        limits: HTTPLimits = HTTPLimits(),
        tenantRoles: Bool = true,
        change: @Sendable @escaping (inout PostgresConfiguration) -> Void = { _ in },
        changeServer: @Sendable @escaping (inout PollsServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestDatabase.with { configuration in
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let login = "app_" + UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(16)
                let installer = RegistryInstaller(
                    client: client,
                    migrations: try Migration.load(EmbeddedMigrations.control),
                    logger: TestDatabase.logger
                )
                _ = try await installer.install(
                    RegistryOptions(tenantRoles: tenantRoles, appLogin: login, appPassword: "test-password")
                )
                let provisioner = try await Provisioner.open(
                    client,
                    product: try TestProduct.polls(),
                    registryVersion: EmbeddedMigrations.control.count,
                    logger: TestDatabase.logger
                )
                for name in open { try await provisioner.makeOpen(name) }
                var app = PostgresConfiguration(
                    connectionString: configuration.connectionString + " user='\(login)' password='test-password'"
                )
                change(&app)
                let appConfiguration = app
                var server = PollsServerConfiguration(
                    postgres: app,
                    port: 0,
                    registryVersion: Int32(EmbeddedMigrations.control.count)
                )
                server.limits = limits
                changeServer(&server)
                try await run(server) { port in
                    let server = TestServer(
                        port: port,
                        operatorClient: client,
                        provisioner: provisioner,
                        appConfiguration: appConfiguration
                    )
                    while try await server.ask("", "GET", "/readyz").status != 200 {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    try await body(server)
                }
                for tenant in try await provisioner.list() { _ = try await provisioner.drop(tenant.name) }
                _ = try await client.withConnection {
                    try await $0.execute(script: "drop owned by \(Identifier(login)); drop role \(Identifier(login))")
                }
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

    /// Sends a request to a tenant, or to any host.
    @discardableResult
    public func ask(
        _ tenant: String,
        _ method: String = "GET",
        _ path: String,
        _ json: String? = nil,
        headers: [String: String] = [:],
        host: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .init(rawValue: method)
        request.headers.add(name: "Host", value: host ?? "\(tenant).polls.localhost")
        if let json {
            request.headers.add(name: "Content-Type", value: headers["Content-Type"] ?? "application/json")
            request.body = .bytes(ByteBuffer(string: json))
        }
        for (name, value) in headers where name != "Content-Type" { request.headers.add(name: name, value: value) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 64 << 20)
        let fields = response.headers.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: response.status.code,
            headers: Dictionary(fields, uniquingKeysWith: { $1 }),
            body: String(buffer: body)
        )
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

/// The polls, as their provisioner knows them.
public enum TestProduct {
    public static func polls() throws -> Product {
        Product(migrations: try Migration.load(EmbeddedMigrations.tenant), tokenPrefix: "polls_") { hash, name in
            "insert into api_token (hash, name) values (\(hash), \(name))"
        }
    }
}

extension Provisioner {
    /// A tenant that anybody may write to.
    public func makeOpen(_ name: String) async throws {
        _ = try await create(
            NewTenant(name: TenantName(name), settings: JSONText("{\"open\": true}"), withToken: false)
        )
    }

    /// A tenant that needs a token, and its token.
    public func makeClosed(_ name: String) async throws -> String {
        try await create(NewTenant(name: TenantName(name))).token?.text ?? ""
    }
}
