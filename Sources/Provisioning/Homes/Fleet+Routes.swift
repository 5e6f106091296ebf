import Postgres
import Tenancy

extension Fleet {
    /// Leads every isolated tenant's hosts to its own server, as the registry has it.
    func renewRoutes() async throws { try await runtime().route { try await containers() } }

    /// The containers that hosts lead to: those that tenants live in, and those whose tenants are about to.
    func containers() async throws -> [TenantContainer] {
        try await control.withConnection("listing the containers") { connection in
            try await connection.query(
                """
                select name, home.id,
                    array(select host from polls_control.tenant_domain where tenant_id = tenant.id order by host)
                from polls_control.home join polls_control.tenant on tenant.id = tenant_id
                where home.level = 'container' and home.state = 'live' and tenant.state <> 'dropping' order by name
                """
            ).decode(String.self, Int64.self, [String].self).map { name, home, domains in
                TenantContainer(tenant: try TenantName(stored: name), home: home, domains: domains)
            }
        }
    }

    /// Has whoever sets routes lead to a container, though its tenant is not served yet: of tenants that are made at the
    /// same time, none takes another's route away.
    func beginRoute(to container: TenantContainer) async throws {
        try await control.change(container.tenant, "making") { connection in
            let answer = try await connection.query(
                "update polls_control.home set state = 'live' where id = \(container.home) and drop_after is null"
            )
            guard answer.affected == 1 else { throw Self.clearedAway(container.tenant) }
        }
    }

    /// Has nobody lead to a tenant's containers any more.
    func endRoutes(to tenant: TenantRecord) async throws {
        try await control.change(tenant.name, "dropping") { connection in
            _ = try await connection.query(
                """
                update polls_control.home set state = 'making'
                where tenant_id = \(tenant.id) and level = 'container' and state = 'live'
                """
            )
        }
        try await renewRoutes()
    }
}
