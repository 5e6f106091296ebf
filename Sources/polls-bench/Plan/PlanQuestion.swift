/// What a fleet is to do, and with what.
struct PlanQuestion: Codable, Equatable, Sendable {
    let tenants: Int
    /// Of all tenants together.
    let requestsPerSecond: Double
    /// Bytes that the machine has.
    let memory: Int
    /// The shared PostgreSQL's max_connections.
    var maxConnections = 100
    /// POLLS_SERVER_CONNECTIONS: the bound of the shared server's connections to tenants' own databases.
    var serverConnections = 32

    /// This part of the memory is for the deployment; the rest is for the page cache, backups and bad days.
    static let usablePart = 0.8
    /// max_connections that are kept for operators.
    static let spareConnections = 10
    /// Networks of 16 addresses in the range that containers' networks are cut from, 10.213.0.0/16.
    static let subnets = 4096

    var usableMemory: Double { Double(memory) * Self.usablePart }
}
