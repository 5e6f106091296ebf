import FoundationEssentials
import Postgres

/// The registry as a server's login may read it.
struct TenantRegistry: Sendable {
    let client: PostgresClient

    /// All of its tenants.
    func tenants() async throws -> [Tenant] {
        try await tenants(
            """
            select t.id, t.number, t.name, t.schema_oid, t.role_name, t.level, t.state, t.schema_version,
              t.settings::text, coalesce(d.hosts, '{}'::text[]), t.writes_paused, h.id, h.server_name, s.app_url,
              h.database_name
            from polls_control.tenant t
            left join polls_control.home h on h.id = t.home_id
            left join polls_control.server s on s.name = h.server_name
            left join (select tenant_id, array_agg(host) as hosts from polls_control.tenant_domain group by tenant_id) d
              on d.tenant_id = t.id
            """
        )
    }

    /// Those that there are of these names, and those that were known by them, whatever they are called by now.
    func tenants(_ names: [String], _ known: [UUID]) async throws -> [Tenant] {
        try await tenants(
            """
            select t.id, t.number, t.name, t.schema_oid, t.role_name, t.level, t.state, t.schema_version,
              t.settings::text,
              coalesce((select array_agg(d.host) from polls_control.tenant_domain d where d.tenant_id = t.id), '{}'::text[]),
              t.writes_paused, h.id, h.server_name, s.app_url, h.database_name
            from polls_control.tenant t
            left join polls_control.home h on h.id = t.home_id
            left join polls_control.server s on s.name = h.server_name
            where t.name = any (\(names)) or t.id = any (\(known))
            """
        )
    }

    private func tenants(_ query: SQL) async throws -> [Tenant] {
        // As the login itself, whatever a tenant's statement may have done to the session.
        let rows = try await client.run(
            Segment(
                preamble: "select set_config('role', 'none', true), set_config('search_path', 'pg_catalog', true)",
                statements: [query],
                isReadOnly: true
            )
        )
        return try rows[0].map(Self.tenant)
    }

    private static func tenant(_ row: Row) throws -> Tenant {
        let (
            id, number, name, oid, role, level, state, version, settings, domains, isPaused, home, server, url,
            database
        ) = try row.decode(
            UUID.self,
            Int64.self,
            String.self,
            UInt32.self,
            String?.self,
            String.self,
            String.self,
            Int32.self,
            String.self,
            [String].self,
            Bool.self,
            Int64?.self,
            String?.self,
            String?.self,
            String?.self
        )
        guard let level = Tenant.Level(rawValue: level), let state = Tenant.State(rawValue: state) else {
            throw PostgresError(.decoding, "the registry has a level or state that this version does not know")
        }
        return Tenant(
            id: id,
            number: number,
            name: name,
            schemaOID: oid,
            role: role,
            level: level,
            state: state,
            schemaVersion: version,
            settings: settings,
            domains: domains,
            home: home.flatMap { id in
                database.map { TenantHome(id: id, server: server, url: url, database: $0) }
            },
            pausesWrites: isPaused
        )
    }
}
