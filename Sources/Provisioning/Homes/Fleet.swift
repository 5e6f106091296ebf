import Logging
import Postgres
import Tenancy

/// The tenants of a registry, wherever each lives: what an operator's commands work on.
///
/// A home at the level `database` or `container` is a database with a registry of its own, which knows its one tenant.
/// So what is done inside of a tenant is done by the same code at every level, by the home's own `Provisioner`.
public struct Fleet: Sendable {
    /// Of the registry that lists the fleet, and of the tenants in schemas of its database.
    public let control: Provisioner
    /// How the operator connects to the control database.
    let configuration: PostgresConfiguration
    /// A registry's own migrations, for each home's.
    let migrations: [Migration]
    /// Runs containers, where there is something that can.
    let runtime: @Sendable () throws -> any ContainerRuntime
    let logger: Logger

    public init(
        control: Provisioner,
        configuration: PostgresConfiguration,
        migrations: [Migration],
        runtime: @escaping @Sendable () throws -> any ContainerRuntime,
        logger: Logger
    ) {
        self.control = control
        self.configuration = configuration
        self.migrations = migrations
        self.runtime = runtime
        self.logger = logger
    }

    /// Keeps others from making, moving or dropping this tenant during the call. A killed process lets go by itself.
    /// - Throws: ``ProvisioningError`` with code `busy`.
    func withLock<R>(on name: TenantName, _ body: () async throws -> R) async throws -> R {
        try await withLock(.place(name), on: name.rawValue, look: "show", body)
    }

    /// Keeps others from adding, giving up or removing this server during the call.
    /// - Throws: ``ProvisioningError`` with code `busy`.
    func withLock<R>(onServer name: String, _ body: () async throws -> R) async throws -> R {
        try await withLock(.server(name), on: "the server \(name)", look: "servers list", body)
    }

    private func withLock<R>(
        _ lock: AdvisoryLock,
        on name: String,
        look: String,
        _ body: () async throws -> R
    ) async throws -> R {
        do {
            return try await control.client.withConnection { connection in
                let isFree = try await connection.query(lock.attempt).decodeOne(Bool.self)
                guard isFree else {
                    throw ProvisioningError(
                        .busy,
                        "another polls-admin works on \(name) at this moment",
                        next: "Wait until it is done, and look with \(look)."
                    )
                }
                // Giving the connection back unlocks.
                return try await body()
            }
        } catch let error as PostgresError {
            throw ProvisioningError.explain(error, doing: "working on \(name)", changed: "See it with show")
        }
    }
}
