import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Postgres
import ServiceLifecycle
import Tenancy

/// What a server is built from.
public struct PollsServerConfiguration: Sendable {
    /// The database, as the server's own login.
    public var postgres: PostgresConfiguration
    /// Tenants are served as `NAME.baseDomain`.
    public var baseDomain: String
    /// The only one that is served; `nil`: every tenant of the registry.
    public var tenant: TenantName?
    /// Answered to whoever asks whether the server is alive, so that one server can be told from another.
    public var nonce: String?
    /// A host's address, or `unix:` and a socket's path.
    public var host: String
    /// 0 takes any free port; see `onRunning`.
    public var port: Int
    /// The registry's version that this program was built for.
    public var registryVersion: Int32
    /// Connections to one server of tenants' own databases at once.
    public var connectionsPerServer = 32
    /// How long a writer waits for a move to switch, and a request for the registry to be read again.
    public var patience = Duration.seconds(2)
    /// The database is a private one, which polls-admin sets up by itself.
    public var isPrivate = false
    public var limits: HTTPLimits
    public var requestLog = RequestLog.Format.off
    /// Takes whole lines of the request log, and does not block.
    public var writeLog: @Sendable ([UInt8]) -> Void = { _ in }

    public init(
        postgres: PostgresConfiguration,
        baseDomain: String = "polls.localhost",
        host: String = "127.0.0.1",
        port: Int = 8080,
        registryVersion: Int32,
        limits: HTTPLimits
    ) {
        self.postgres = postgres
        self.baseDomain = baseDomain
        self.host = host
        self.port = port
        self.registryVersion = registryVersion
        self.limits = limits
    }
}

extension PollsServerConfiguration {
    /// Where the server listens.
    var address: BindAddress {
        host.hasPrefix("unix:")
            ? .unixDomainSocket(path: String(host.dropFirst("unix:".count))) : .hostname(host, port: port)
    }
}

/// Builds the whole server, ready to run: the executable and the tests call nothing else.
/// - Parameter onRunning: called with the port once requests are taken.
public func buildServer(
    _ configuration: PollsServerConfiguration,
    logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
) throws -> some Service {
    var postgres = configuration.postgres
    postgres.applicationName = "polls-server"
    // There is nobody else.
    if configuration.tenant != nil { postgres.connectionsPerOwner = postgres.connections }
    // Nothing can be found without entering a tenant, and nothing runs for longer than anybody waits.
    postgres.serverSettings["search_path"] = "pg_catalog"
    let timeout =
        postgres.serverSettings["statement_timeout"].flatMap { Int64($0) }
        ?? max(1, postgres.timeout.components.seconds) * 1000
    postgres.serverSettings["statement_timeout"] = "\(timeout)"
    // Who waits for a lock keeps others waiting, on the same connection.
    postgres.serverSettings["lock_timeout"] = "\(timeout / 5)"
    postgres.serverSettings["idle_in_transaction_session_timeout"] = "10000"
    let client = try PostgresClient(configuration: postgres, logger: logger)
    let homes = HomeClients(
        configuration: postgres,
        connectionsPerServer: configuration.connectionsPerServer,
        logger: logger
    )
    let directory = TenantDirectory(
        client: client,
        homes: homes,
        only: configuration.tenant,
        patience: configuration.patience,
        logger: logger
    )
    let loginCheck = LoginCheck(
        registryVersion: configuration.registryVersion,
        installer: configuration.isPrivate ? "polls-admin list" : "polls-admin init",
        beginning: configuration.isPrivate
            ? "there is no tenant yet: make one with `polls-admin create-schema potter`" : nil
    )
    let limits = configuration.limits
    let requestLog = RequestLog(format: configuration.requestLog, write: configuration.writeLog)
    let responder = PollsResponder(
        hostGuard: HostGuard(baseDomain: configuration.baseDomain),
        directory: directory,
        readiness: Readiness { try await loginCheck.checkRegistry(client, until: .now + limits.answerTime) },
        nonce: configuration.nonce,
        api: PollsAPI(bodyBytes: limits.bodyBytes),
        pages: PollsPages(bodyBytes: limits.bodyBytes),
        logger: logger,
        requestLog: requestLog,
        answerTime: limits.answerTime
    )
    let server = Server(
        childChannelSetup: PollsChannel(
            responder: { try await responder.respond(to: $0, $1, $2) },
            limits: limits
        ),
        configuration: ServerConfiguration(
            address: configuration.address,
            availableConnectionsDelegate: MaximumAvailableConnections(limits.connections)
        ),
        onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? configuration.port) },
        eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
        logger: logger
    )
    let checkedDirectory = CheckedDirectory(
        directory: directory,
        client: client,
        loginCheck: loginCheck,
        logger: logger
    )
    // The last is the first to stop. A login that is refused ends the others in order.
    let services: [ServiceGroupConfiguration.ServiceConfiguration] = [
        .init(service: requestLog), .init(service: client), .init(service: homes),
        .init(service: checkedDirectory, failureTerminationBehavior: .gracefullyShutdownGroup),
        .init(service: server),
    ]
    return ServiceGroup(configuration: .init(services: services, logger: logger))
}

/// Follows the registry once the server's login has been found to be harmless. A database that cannot be reached is
/// waited for; until then nothing but the probes is answered.
private struct CheckedDirectory: Service {
    let directory: TenantDirectory
    let client: PostgresClient
    let loginCheck: LoginCheck
    let logger: Logger

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                var failures = Recurrence()
                while true {
                    do {
                        try await loginCheck.check(client)
                        break
                    } catch let error as PostgresError {
                        if failures.isWorthSaying("\(error)") { tell(error) }
                        try await Task.sleep(for: .milliseconds(500))
                    }
                }
            }
        } catch is CancellationError {
            // Told to stop while it waited.
            return
        }
        try await directory.run()
    }

    private func tell(_ error: PostgresError) {
        let advice = loginCheck.advice(after: error)
        // Where nothing has been made yet, nothing is wrong.
        if loginCheck.beginning == nil || advice == nil {
            logger.warning("the database does not answer yet", metadata: ["reason": "\(error)"])
        }
        if let advice { logger.warning("\(advice)") }
    }
}
