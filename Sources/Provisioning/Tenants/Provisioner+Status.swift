import Postgres
import Tenancy

extension Provisioner {
    /// How the fleet is, in one round trip.
    public func status() async throws -> FleetStatus {
        try await withConnection("reading the registry") { connection in
            let answers = try await connection.run([
                """
                select count(*), count(*) filter (where state = 'suspended'),
                    count(*) filter (where state not in ('active', 'suspended')),
                    count(*) filter (where schema_version < \(product.version)
                        and state not in ('creating', 'dropping')),
                    count(*) filter (where schema_version > \(product.version))
                from polls_control.tenant
                """,
                """
                select name, schema_version from polls_control.tenant
                where schema_version < \(product.version) and state not in ('creating', 'dropping') order by name
                """,
                """
                select id, started_at, finished_at, done, failed from polls_control.fleet_run order by id desc limit 1
                """,
            ])
            let (tenants, suspended, changing, behind, ahead) = try answers[0].decodeOne(
                Int64.self,
                Int64.self,
                Int64.self,
                Int64.self,
                Int64.self
            )
            return FleetStatus(
                registry: registry,
                version: product.version,
                tenants: tenants,
                suspended: suspended,
                changing: changing,
                behindCount: behind,
                ahead: ahead,
                behind: try answers[1].decode(String.self, Int32.self).map { name, version in
                    MigratedTenant(name: try TenantName(stored: name), from: version, to: product.version)
                },
                lastRun: try answers[2].decodeOptional(
                    Int64.self,
                    Timestamp.self,
                    Timestamp?.self,
                    Int32.self,
                    Int32.self
                ).map { FleetStatus.Run(id: $0.0, startedAt: $0.1, finishedAt: $0.2, done: $0.3, failed: $0.4) }
            )
        }
    }
}

/// How the fleet is.
public struct FleetStatus: Sendable {
    public let registry: Registry
    /// The version that every tenant should be at.
    public let version: Int32
    public let tenants: Int64
    public let suspended: Int64
    /// Neither active nor suspended: being made, moved or dropped.
    public let changing: Int64
    public let behindCount: Int64
    /// At a version that this program does not know.
    public let ahead: Int64
    /// Those that migrate would take up.
    public let behind: [MigratedTenant]
    /// `nil` when there was none yet.
    public let lastRun: Run?

    /// A run over the fleet, as the registry has it.
    public struct Run: Sendable {
        public let id: Int64
        public let startedAt: Timestamp
        /// `nil`: under way, or killed.
        public let finishedAt: Timestamp?
        public let done: Int32
        public let failed: Int32
    }
}
