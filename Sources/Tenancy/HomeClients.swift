import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Clients of the databases that tenants have for themselves: one a database, made when it is asked for.
///
/// Each server has a bound of connections. When it is reached, the client that was idle for the longest goes; when all
/// are busy, work waits for a moment, and then fails. A server that does not answer fails at once, and is asked again
/// once a second: no other server's tenants notice.
public final class HomeClients: Service, Sendable {
    /// Work that waits for a connection's turn, at most.
    static let patience: Duration = .seconds(3)
    private static let restBetweenProbes: Duration = .seconds(1)
    private static let idleLimit: Duration = .seconds(300)

    private let configuration: PostgresConfiguration
    private let bound: Int
    private let logger: Logger
    private let pool: Mutex<HomePool<PostgresClient>>
    private let running = Mutex<[Int: Task<Void, any Error>]>([:])

    /// - Parameters:
    ///   - configuration: how the app's login connects to the control database.
    ///   - bound: connections to one server at once.
    public init(configuration: PostgresConfiguration, connectionsPerServer bound: Int, logger: Logger) {
        self.configuration = configuration
        self.bound = max(1, bound)
        self.logger = logger
        pool = Mutex(HomePool(bound: max(1, bound)))
    }

    /// Closes what has been idle for long, until graceful shutdown or cancellation; then closes all.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(30))
                let idle = self.pool.withLock { $0.takeIdle(since: .now - Self.idleLimit) }
                for id in idle { self.close(id) }
            }
        }
        let tasks = running.withLock { Array($0.values) }
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.result }
    }

    /// Runs a segment in a home's database.
    /// - Throws: ``TenancyError/homeUnreachable`` and ``TenancyError/homeBusy``, when nothing was run; `PostgresError`.
    func run(_ segment: Segment, at home: TenantHome) async throws -> [Rows] {
        let key = HomePool<PostgresClient>.Key(home)
        let (id, client) = try await enter(key, until: segment.deadline)
        defer {
            let (turn, isOver) = pool.withLock { $0.leave(id, at: .now) }
            turn?.resume()
            if isOver { close(id) }
        }
        do {
            let rows = try await client.run(segment)
            pool.withLock { $0.answered(key.server) }
            return rows
        } catch let error as PostgresError where error.code == .connectionFailed {
            // A server that refuses has answered.
            if error.sqlState == nil { pool.withLock { $0.failed(key.server, at: .now) } }
            // The tenant has left it, or was dropped.
            if error.sqlState == .invalidCatalogName { throw error }
            logger.info("a home cannot be reached", metadata: ["reason": "\(error.message)"])
            throw TenancyError.homeUnreachable
        }
    }

    /// Closes the clients of homes that no tenant lives in any more; those in use, when their last request is answered.
    func desert(_ left: some Sequence<TenantHome>, for settled: some Sequence<TenantHome>) {
        typealias Key = HomePool<PostgresClient>.Key
        let (left, settled) = (Set(left.map { Key($0) }), Set(settled.map { Key($0) }))
        let idle = pool.withLock { $0.desert(left, for: settled, at: .now) }
        for id in idle { close(id) }
    }

    private func enter(
        _ key: HomePool<PostgresClient>.Key,
        until latest: ContinuousClock.Instant?
    ) async throws -> (Int, PostgresClient) {
        let patience = ContinuousClock.now + Self.patience
        let deadline = latest.map { min($0, patience) } ?? patience
        while true {
            let step = try pool.withLock { pool in
                try pool.enter(key, at: .now, restBetweenProbes: Self.restBetweenProbes) { connections in
                    try client(key, connections: connections)
                }
            }
            switch step {
            case .use(let id, let client): return (id, client)
            case .start(let id, let client):
                start(id, client)
                return (id, client)
            case .close(let id): close(id)
            case .unreachable: throw TenancyError.homeUnreachable
            case .wait(let turn):
                let isInTime = await turn.value(until: deadline)
                guard !isInTime || Task.isCancelled else { continue }
                pool.withLock { $0.leaveQueue(turn, of: key.server) }?.resume()
                try Task.checkCancellation()
                throw TenancyError.homeBusy
            case .busy: throw TenancyError.homeBusy
            }
        }
    }

    private func client(_ key: HomePool<PostgresClient>.Key, connections: Int) throws -> PostgresClient {
        var configuration = configuration
        configuration.connectionString = try ConnectionString(key.url ?? configuration.connectionString)
            .with("dbname", key.database).text
        configuration.connections = connections
        configuration.connectionsPerOwner = connections
        configuration.leases = 1
        configuration.failsFast = true
        return try PostgresClient(configuration: configuration, logger: logger)
    }

    private func start(_ id: Int, _ client: PostgresClient) {
        running.withLock { running in
            running[id] = Task.detached { [self] in
                defer {
                    self.running.withLock { $0[id] = nil }
                    for turn in pool.withLock({ $0.closed(id) }) { turn.resume() }
                }
                try await client.run()
            }
        }
    }

    /// Its connections count until they are closed.
    private func close(_ id: Int) { running.withLock { $0[id] }?.cancel() }
}

extension HomePool.Key {
    init(_ home: TenantHome) { self.init(server: home.server ?? "", url: home.url, database: home.database) }
}
