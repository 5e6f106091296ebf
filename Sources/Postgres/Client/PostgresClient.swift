import Logging
import ServiceLifecycle

/// A client of one PostgreSQL database: segments of many callers share a few connections, and long work leases its own.
///
/// It serves while `run()` runs; work that comes before waits for it. When `run()`'s task is cancelled or its service
/// group shuts down, work under way is finished first.
public final class PostgresClient: Service, Sendable {
    private let configuration: PostgresConfiguration
    private let multiplexer: Multiplexer
    private let loop: PollLoop

    public init(configuration: PostgresConfiguration, logger: Logger) throws {
        self.configuration = configuration
        loop = try PollLoop()
        multiplexer = Multiplexer(configuration: configuration, loop: loop, logger: logger)
    }

    /// Drives the connections until graceful shutdown or cancellation. Can be run once.
    public func run() async throws {
        try loop.start(multiplexer)
        await multiplexer.start()
        let (forever, continuation) = AsyncStream.makeStream(of: Void.self)
        await cancelWhenGracefulShutdown { for await _ in forever {} }
        continuation.finish()
        // A caller that cancels, rather than shuts down, has stopped waiting.
        await multiplexer.drain(limit: Task.isCancelled ? .zero : .seconds(10))
        loop.stop()
    }

    /// Runs a unit of work as one transaction, in one round trip, on a shared connection.
    /// Cancelling the caller abandons the answer, not the work.
    /// - Returns: the rows of each statement, the preamble's left out.
    /// - Throws: ``PostgresError``, or `CancellationError`.
    public func run(_ segment: Segment) async throws -> [Rows] {
        let end = ContinuousClock.now + (segment.timeout ?? configuration.timeout)
        let work = Work(segment, deadline: segment.deadline.map { min($0, end) } ?? end, end: end)
        return try await work.value { [loop] in loop.submit($0) }
    }

    /// Runs one statement as a segment of its own.
    public func query(_ statement: SQL) async throws -> Rows { try await run(Segment(statements: [statement]))[0] }

    /// Leases a connection for the call. It goes back for others only when no transaction is open on it; else it is closed.
    public func withConnection<R>(_ body: (PostgresConnection) async throws -> R) async throws -> R {
        let id = try await multiplexer.lease()
        do {
            let value = try await body(PostgresConnection(multiplexer, id: id))
            await multiplexer.giveBack(id)
            return value
        } catch {
            await multiplexer.giveBack(id)
            throw error
        }
    }

    /// BEGIN, the body, and COMMIT, or ROLLBACK when it throws, on a leased connection.
    public func withTransaction<R>(_ body: (PostgresConnection) async throws -> R) async throws -> R {
        try await withConnection { connection in try await connection.withTransaction { try await body(connection) } }
    }

    /// Runs a client for the length of the call: for tools and tests.
    public static func withClient<R: Sendable>(
        _ configuration: PostgresConfiguration,
        logger: Logger,
        _ body: (PostgresClient) async throws -> R
    ) async throws -> R {
        let client = try PostgresClient(configuration: configuration, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            let value: R
            do {
                value = try await body(client)
            } catch {
                group.cancelAll()
                try await group.waitForAll()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
    }
}
