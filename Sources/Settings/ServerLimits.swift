/// What a client of the HTTP server may take up.
public struct ServerLimits: Sendable, Equatable {
    /// From the end of a request's body until its answer is written.
    public var requestTimeout: Duration = .seconds(10)
    /// From a connection's start until its first request's headers are complete.
    public var headerTimeout: Duration = .seconds(5)
    /// From the end of a request's headers until that of its body.
    public var bodyTimeout: Duration = .seconds(10)
    /// From an answer until the next request's headers are complete.
    public var idleTimeout: Duration = .seconds(60)
    /// How long requests under way may take once the server is told to stop.
    public var shutdownTimeout: Duration = .seconds(20)
    /// How long one statement may take.
    public var statementTimeout: Duration = .seconds(5)
    /// Connections open at once.
    public var maxConnections = 1024
    /// A request's body, in bytes.
    public var maxBody = 64 << 10

    /// The defaults.
    public init() {}
}

extension ServerLimits {
    init(_ reader: SettingsReader) throws {
        self.init()
        requestTimeout = try reader.seconds("POLLS_REQUEST_TIMEOUT", default: requestTimeout)
        headerTimeout = try reader.seconds("POLLS_HEADER_TIMEOUT", default: headerTimeout)
        bodyTimeout = try reader.seconds("POLLS_BODY_TIMEOUT", default: bodyTimeout)
        idleTimeout = try reader.seconds("POLLS_IDLE_TIMEOUT", default: idleTimeout)
        shutdownTimeout = try reader.seconds("POLLS_SHUTDOWN_TIMEOUT", default: shutdownTimeout)
        // Where requests have less time than usual, so have their statements.
        statementTimeout = try reader.seconds(
            "POLLS_STATEMENT_TIMEOUT",
            default: min(statementTimeout, max(requestTimeout / 2, .milliseconds(1)))
        )
        guard statementTimeout < requestTimeout else {
            throw SettingsError(
                .value,
                "POLLS_STATEMENT_TIMEOUT",
                "POLLS_STATEMENT_TIMEOUT is \(statementTimeout) and POLLS_REQUEST_TIMEOUT \(requestTimeout); a statement "
                    + "has to end before its request does: lower the former, or raise the latter"
            )
        }
        maxConnections = try reader.number("POLLS_MAX_CONNECTIONS", default: maxConnections, in: 1...1_000_000)
        maxBody = try reader.number("POLLS_MAX_BODY", default: maxBody, in: 1...(16 << 20))
    }
}
