import Postgres
import Tenancy

extension Provisioner {
    /// Every tenant, by name.
    public func list() async throws -> [TenantRecord] {
        try await withConnection("listing the tenants") { connection in
            try await connection.query(
                """
                select id, name, schema_name, role_name, level, state, schema_version, settings, created_at,
                    array(select host from polls_control.tenant_domain where tenant_id = tenant.id order by host),
                    home_id, (select server_name from polls_control.home where home.id = home_id),
                    exists (select from polls_control.move where tenant_id = tenant.id and finished_at is null),
                    schema_oid
                from polls_control.tenant order by name
                """
            ).map { try TenantRecord($0) }
        }
    }

    /// One tenant, and what it takes up.
    /// - Throws: ``ProvisioningError`` with code `noSuchTenant`.
    public func show(_ name: TenantName) async throws -> TenantDetails {
        try await withConnection("reading \(name)") { connection in
            let tenant = try await record(name, connection)
            let answers = try await connection.run([
                """
                select count(*), coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint
                from polls_control.tenant join pg_class on relnamespace = schema_oid and relkind in ('r', 'p')
                where name = \(name.rawValue)
                """,
                """
                select version, applied_at, duration_us
                from polls_control.tenant_migration join polls_control.tenant on tenant.id = tenant_id
                where name = \(name.rawValue) order by version
                """,
            ])
            let (tables, bytes) = try answers[0].decodeOne(Int64.self, Int64.self)
            return TenantDetails(
                tenant: tenant,
                tables: tables,
                bytes: bytes,
                migrations: try answers[1].decode(Int32.self, Timestamp.self, Int64.self).map { version, at, duration in
                    TenantDetails.Applied(version: version, at: at, microseconds: duration)
                }
            )
        }
    }

    /// One tenant.
    /// - Throws: ``ProvisioningError`` with code `noSuchTenant`.
    public func record(_ name: TenantName) async throws -> TenantRecord {
        try await withConnection("reading \(name)") { try await record(name, $0) }
    }

    func record(_ name: TenantName, _ connection: PostgresConnection) async throws -> TenantRecord {
        let rows = try await connection.query(
            """
            select id, name, schema_name, role_name, level, state, schema_version, settings, created_at,
                array(select host from polls_control.tenant_domain where tenant_id = tenant.id order by host),
                home_id, (select server_name from polls_control.home where home.id = home_id),
                exists (select from polls_control.move where tenant_id = tenant.id and finished_at is null),
                    schema_oid
            from polls_control.tenant where name = \(name.rawValue)
            """
        )
        guard let row = rows.first else { throw ProvisioningError.noSuchTenant(name) }
        return try TenantRecord(row)
    }
}

/// A tenant, and what it takes up.
public struct TenantDetails: Sendable {
    public let tenant: TenantRecord
    public let tables: Int64
    /// On disk, indexes included.
    public let bytes: Int64
    public let migrations: [Applied]
    /// Old copies that moves have left.
    public var kept: [KeptCopy] = []
    /// A move that is under way, or was killed.
    public var move: MoveRecord?

    /// An old copy, which takes no writes.
    public struct KeptCopy: Sendable {
        public let place: Destination
        /// From then on a sweep removes it.
        public let dropAfter: Timestamp
    }

    /// A migration in the tenant's ledger.
    public struct Applied: Sendable {
        public let version: Int32
        public let at: Timestamp
        public let microseconds: Int64
    }
}
