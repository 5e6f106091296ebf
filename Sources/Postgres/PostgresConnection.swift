/// A connection leased to one caller: for transactions with logic between statements, COPY and LISTEN.
/// Calls on it are answered in the order in which they are made.
public final class PostgresConnection: Sendable {
    /// Runs one statement.
    public func query(_ statement: SQL) async throws -> Rows { try await run([statement])[0] }

    /// Runs statements in one round trip. Outside of `withTransaction` they are one transaction of their own.
    public func run(_ statements: [SQL]) async throws -> [Rows] { fatalError() }

    /// Runs a script of any number of statements without parameters (simple query protocol), as one transaction
    /// unless it controls transactions itself. For migrations.
    public func execute(script: SQL) async throws { fatalError() }

    /// BEGIN, the body, then COMMIT; ROLLBACK when the body throws, and its error is thrown on.
    public func withTransaction<R>(_ body: () async throws -> R) async throws -> R { fatalError() }

    /// `COPY … FROM STDIN`: sends the chunks, as PostgreSQL's format has them.
    /// - Returns: the number of rows copied.
    @discardableResult
    public func copyIn<S: AsyncSequence>(_ statement: SQL, from chunks: S) async throws -> Int
    where S.Element == [UInt8] { fatalError() }

    /// `COPY … TO STDOUT`: hands over each chunk as it comes.
    public func copyOut(_ statement: SQL, _ receive: ([UInt8]) async throws -> Void) async throws { fatalError() }

    /// LISTENs, and yields what is notified, until the connection ends or the sequence is let go.
    /// The stream finishing means that the connection was lost: notifications may have been missed.
    public func notifications(on channel: Identifier) async throws -> AsyncStream<Notification> { fatalError() }

    /// What `NOTIFY` sent.
    public struct Notification: Sendable {
        public let channel: String
        public let payload: String
        /// Process id of the backend that notified.
        public let processID: Int32
    }
}
