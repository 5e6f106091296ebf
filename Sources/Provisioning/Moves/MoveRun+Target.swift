import FoundationEssentials
import Postgres
import Tenancy

extension MoveRun {
    /// Makes the place that a move leads to: empty, at this program's version, and taking no writes.
    func makeTarget() async throws {
        let home = try await fleet.home(move.toHome)
        guard home.level != .schema else { return try await makeSchema(home) }
        let domains = try tenant.domains.map { try TenantDomain($0) }
        let oid = try await fleet.make(
            home,
            NewTenant(name: tenant.name, domains: domains, settings: tenant.settings, withToken: false),
            fenced: true
        ) { $0.schemaOID }
        // Its own server goes by the registry beside it, and is asked before the switch.
        if home.level == .container, tenant.state == .suspended {
            try await fleet.withProvisioner(of: home, container: tenant.container(home.id)) { there in
                try await there.provisioner.change(tenant.name, "suspending the new home of") { connection in
                    _ = try await connection.query(
                        "update polls_control.tenant set state = 'suspended' where name = \(tenant.name.rawValue)"
                    )
                }
            }
        }
        do {
            try await control.change(tenant.name, "making a home for") { connection in
                try await advance(from: .begun, to: .made, connection)
                _ = try await connection.query(
                    "update polls_control.home set schema_oid = \(oid) where id = \(home.id)"
                )
            }
        } catch let error as ProvisioningError where error.code == .noMove {
            // Whoever has ended this move may have cleared away before there was anything.
            try? await fleet.destroy(home, of: tenant.container(home.id))
            throw error
        }
    }

    /// The move is held for as long as it takes: whoever takes it back finds all of the schema or nothing.
    private func makeSchema(_ home: Home) async throws {
        try await control.change(tenant.name, "making a schema for") { connection in
            try await advance(from: .begun, to: .made, connection)
            let applied = try await control.buildSchema(
                tenant.name,
                role: home.role,
                fenced: true,
                changed: "The tenant is where it was",
                connection
            )
            let oid = try await connection.query(
                "select oid from pg_catalog.pg_namespace where nspname = \(tenant.name.rawValue)"
            ).decodeOne(UInt32.self)
            _ = try await connection.run([
                // With the schema itself: what is made can always be found.
                "update polls_control.home set schema_oid = \(oid) where id = \(home.id)",
                "delete from polls_control.tenant_migration where tenant_id = \(tenant.id)",
                Provisioner.record(applied, of: tenant.id),
            ])
        }
    }

    /// Opens both ends of a move.
    func withSites<R: Sendable>(
        _ body: (_ source: MoveSite, _ target: MoveSite) async throws -> R
    ) async throws -> R {
        try await fleet.withHome(of: tenant) { here in
            let source = try await fleet.site(of: tenant, in: here)
            return try await withTarget { try await body(source, $0) }
        }
    }

    func withTarget<R: Sendable>(_ body: (MoveSite) async throws -> R) async throws -> R {
        let home = try await fleet.home(move.toHome)
        if home.level == .schema {
            let control = OpenHome(provisioner: control, configuration: fleet.configuration)
            return try await body(
                try await MoveSite(control, tenant.name, schemaOID: home.schemaOID, role: home.role)
            )
        }
        return try await fleet.withProvisioner(of: home, container: tenant.container(home.id)) { there in
            try await body(try await MoveSite(there, tenant.name, schemaOID: home.schemaOID, role: home.role))
        }
    }
}
