import FoundationEssentials
import Postgres
import Provisioning
import Tenancy
import TestSupport

/// Writes to every place that a tenant has had, as the app's own login, past all servers; and sees which takes it.
actor WriteProber {
    /// Writes that were taken.
    private(set) var writes = 0
    /// Rounds in which two places took a write.
    private(set) var violations: [String] = []

    private var isProbing = false
    private let server: TestServer
    private let tenant: TenantName
    /// How the app's login connects to a container's PostgreSQL, by its home; `nil` when there is none.
    private let container: @Sendable (Int64) -> String?
    /// Places as they were found: a schema's oid, its role, and its database.
    private var places: [Place] = []

    private struct Place: Equatable, Sendable {
        /// The home of a container.
        let container: Int64?
        let database: String?
        let schemaOID: UInt32
        let role: String?
    }

    init(
        _ server: TestServer,
        _ tenant: TenantName,
        container: @escaping @Sendable (Int64) -> String? = { _ in nil }
    ) async throws {
        self.server = server
        self.tenant = tenant
        self.container = container
        try await look()
    }

    /// Goes on for as long as the body runs.
    func probe(_ body: @Sendable () async throws -> Void) async throws {
        isProbing = true
        // Told to stop, not cancelled: a write that is given up half way may have been taken.
        let rounds = Task {
            while isProbing { try await self.round() }
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        isProbing = false
        try await rounds.value
        try result.get()
        try await round()
    }

    /// The newest place first: had it taken a write, no older one may after that.
    private func round() async throws {
        try await look()
        var taken: [Place] = []
        for place in places.reversed() where try await isTaken(at: place) { taken.append(place) }
        writes += taken.count
        // A switch between two tries goes from old to new, never back: one write a round.
        if taken.count > 1 { violations.append("\(taken)") }
    }

    private func look() async throws {
        let rows = try await server.operatorClient.query(
            """
            select null::int8, null::text, schema_oid, role_name from polls_control.tenant
            where name = \(tenant.rawValue) and home_id is null
            union all
            select case home.level when 'container' then home.id end, database_name, home.schema_oid, home.role_name
            from polls_control.home join polls_control.tenant on tenant.id = tenant_id
            where name = \(tenant.rawValue) and home.schema_oid <> 0
            """
        ).decode(Int64?.self, String?.self, UInt32.self, String?.self)
        for (container, database, oid, role) in rows {
            let place = Place(container: container, database: database, schemaOID: oid, role: role)
            if !places.contains(place) { places.append(place) }
        }
    }

    private func isTaken(at place: Place) async throws -> Bool {
        var configuration = server.appConfiguration
        if let home = place.container {
            guard let url = container(home) else { return false }
            configuration.connectionString = url
        } else if let database = place.database {
            configuration.connectionString = try ConnectionString(configuration.connectionString)
                .with("dbname", database).text
        }
        configuration.connections = 0
        let text = "probe \(UUID().uuidString)"
        do {
            return try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                try await client.withTransaction { connection in
                    _ = try await connection.run([
                        TenantSession.enter(schemaOID: place.schemaOID, role: place.role),
                        "insert into question (question) values (\(text))",
                    ])
                }
                return true
            }
        } catch let error as PostgresError
            where [.server, .connectionFailed, .connectionLost, .closed].contains(error.code)
        {
            // Refused, or its place was stopped before the commit.
            return false
        }
    }
}
