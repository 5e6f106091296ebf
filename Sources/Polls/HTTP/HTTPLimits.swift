import NIOCore

/// What one client may take of the server. It has no defaults: those are the settings'.
public struct HTTPLimits: Sendable {
    /// From a connection's start until its first request's headers are complete.
    public var headerTimeout: TimeAmount
    /// From the end of a request's headers until that of its body.
    public var bodyTimeout: TimeAmount
    /// From the end of a request's body until its answer is written.
    public var requestTimeout: TimeAmount
    /// From an answer until the next request's headers are complete.
    public var idleTimeout: TimeAmount
    /// A request's body.
    public var bodyBytes: Int
    /// Connections at once; further ones wait in the kernel's queue. When three quarters of them are taken, those that
    /// have been idle for a second are closed.
    public var connections: Int

    /// From a request's start, without the time that its body takes, until its answer: a tenth of the time for it, and a
    /// second at most, is left to write it.
    var answerTime: Duration {
        let whole = Duration(requestTimeout)
        return whole - min(.seconds(1), whole / 10)
    }

    /// All header fields of a request together.
    static let headerBytes = 16 * 1024

    public init(
        headerTimeout: TimeAmount,
        bodyTimeout: TimeAmount,
        requestTimeout: TimeAmount,
        idleTimeout: TimeAmount,
        bodyBytes: Int,
        connections: Int
    ) {
        self.headerTimeout = headerTimeout
        self.bodyTimeout = bodyTimeout
        self.requestTimeout = requestTimeout
        self.idleTimeout = idleTimeout
        self.bodyBytes = bodyBytes
        self.connections = connections
    }
}
