/// Where PostgreSQL is and how a client behaves towards it.
public struct PostgresConfiguration: Sendable {
    /// A libpq connection string or URI (manual, "Connection Strings"). Empty: libpq's own `PG*` variables and defaults.
    public var connectionString: String
    /// Server settings sent with every new connection, as by `SET`.
    public var serverSettings: [String: String] = [:]
    /// Name shown in `pg_stat_activity`.
    public var applicationName = "postgres-swift"
    /// How many connections the multiplexed segments share.
    public var connections = 4
    /// How many of them one owner's segments go to, `nil` for half. The others are there for everybody else while those stand
    /// still.
    public var connectionsPerOwner: Int? = nil
    /// How many more may be leased at once, for transactions, COPY and LISTEN.
    public var leases = 16
    /// No answer to a segment by then is an error.
    public var timeout: Duration = .seconds(5)
    /// How long one attempt to connect may take.
    public var connectTimeout: Duration = .seconds(5)
    /// Segments of one owner under way at once on one connection; the owner's others wait. `nil` for four, or for any number
    /// where an owner has all connections: others wait behind them there, when each of them waits for a lock until it
    /// times out.
    public var inFlightPerOwner: Int? = nil
    /// Segments of one owner that may wait; further ones fail with `ownerQueueFull`.
    public var queuePerOwner = 256
    /// Segments of all owners that may wait.
    public var queueTotal = 10_000
    /// Named statements kept on each connection, the least recently used dropped first.
    public var preparedStatements = 2_000
    /// A shared connection that has worked for so many owners is replaced: its backend's caches keep something of each, and
    /// never shrink. `nil`: it never is.
    public var ownersPerConnection: Int? = nil
    /// While a server cannot be reached, or refuses, work for the shared connections fails at once instead of waiting for
    /// its deadline. A server that starts or recovers is waited for.
    public var failsFast = false

    public init(connectionString: String) { self.connectionString = connectionString }
}
