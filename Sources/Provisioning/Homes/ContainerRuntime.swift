import Tenancy

/// What runs tenants of the level `container`, each with a PostgreSQL and a server of its own. `Deployment` has two: on
/// a Docker engine, and as processes of this machine.
///
/// Every call may be made again after a failure or a kill: it goes on from whatever is there.
public protocol ContainerRuntime: Sendable {
    /// Refuses, with the remedy, where the runtime cannot work: no engine, no image, a port that is taken, or a place where
    /// those that live in containers already are not known. Changes nothing.
    func check(beside containers: [TenantContainer]) async throws

    /// Refuses where the files of a container that was made are not here: it would be made anew, and empty.
    func checkFiles(of containers: [TenantContainer]) async throws

    /// Refuses where the front door is told of no shared server: a tenant that left its container would be nobody's there.
    func checkShared() async throws

    /// Starts the tenant's PostgreSQL, empty at the first time, and waits until it takes connections.
    func startDatabase(_ container: TenantContainer) async throws

    /// How an operator reaches that PostgreSQL, as a superuser of it: a libpq connection string, good until `body` ends.
    /// No port is published for it.
    func withOperatorURL<R: Sendable>(
        _ container: TenantContainer,
        _ body: (String) async throws -> R
    ) async throws -> R

    /// Starts the tenant's server and waits until it is ready to serve. It gets no request before ``route(to:)``.
    func startApp(_ container: TenantContainer) async throws

    /// Sends the hosts of exactly these tenants to their own servers, and every other to the shared one. When it
    /// returns, new requests go the new way.
    /// - Parameter containers: asked once nobody else changes routes: of two commands at the same moment, the later one
    ///   knows what the earlier one did.
    func route(to containers: @escaping TenantContainers) async throws

    /// The same in two steps: makes all ready, and runs `body`, whose `goLive` does what ``route(to:)`` does, and at once.
    /// Without it nothing is changed. No other routes are taken meanwhile.
    func withRoutes<R: Sendable>(
        to containers: TenantContainers,
        _ body: (_ goLive: () async throws -> Void) async throws -> R
    ) async throws -> R

    /// Stops the front door that ``route(to:)`` started, if it did.
    func closeFront() async throws

    /// Stops the server and PostgreSQL; the data stays.
    func stop(_ container: TenantContainer) async throws

    /// Stops, and removes everything that was made for it, its data too.
    /// - Parameter wasMade: there was data in it once. Where no container ever was, it is refused then: that data is
    ///   elsewhere, and would be forgotten.
    func remove(_ container: TenantContainer, wasMade: Bool) async throws
}

/// Reads which tenants have containers that hosts are to lead to.
public typealias TenantContainers = @Sendable () async throws -> [TenantContainer]

/// A tenant's own PostgreSQL and server. Inside, the database and the schema have the tenant's name, and a registry knows
/// this one tenant: the same server and tools work there as everywhere.
public struct TenantContainer: Sendable, Hashable {
    public let tenant: TenantName
    /// Number of the home that it is, in the registry: a tenant that leaves and comes back gets new volumes.
    public let home: Int64
    /// Hosts of the tenant's own, besides `name.base`.
    public let domains: [String]

    public init(tenant: TenantName, home: Int64, domains: [String]) {
        self.tenant = tenant
        self.home = home
        self.domains = domains
    }
}

/// What a runtime failed on, as an operator is told it.
public protocol ContainerFailure: Error {
    /// What happened to what, without a full stop.
    var message: String { get }
    /// What to do next, as a sentence.
    var next: String { get }
    /// What the program concerned said last, where it said anything.
    var output: String { get }
}

extension ContainerFailure {
    /// What to do next, and the program's last words.
    public var advice: String {
        let words = output.split(separator: "\n").suffix(20).map { "  " + $0 }.joined(separator: "\n")
        return words.isEmpty ? next : "\(next) Its last words:\n\(words)"
    }
}
