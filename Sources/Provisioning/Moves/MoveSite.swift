import Postgres
import Tenancy

/// One end of a move: a tenant's schema in the database that it lives in, or is to live in.
struct MoveSite: Sendable {
    let provisioner: Provisioner
    let configuration: PostgresConfiguration
    let schemaOID: UInt32
    let schema: Identifier
    /// Whom the tenant's rights are given to.
    let grantee: Identifier

    var client: PostgresClient { provisioner.client }

    /// - Throws: ``ProvisioningError`` with code `schemaMissing`.
    init(_ home: OpenHome, _ tenant: TenantName, schemaOID: UInt32, role: String?) async throws {
        provisioner = home.provisioner
        configuration = home.configuration
        self.schemaOID = schemaOID
        grantee = try home.provisioner.grantee(role: role)
        let name = try await home.provisioner.withConnection("reading the schema of \(tenant)") { connection in
            try await connection.query("select nspname::text from pg_namespace where oid = \(schemaOID)")
                .decodeOptional(String.self)
        }
        guard let name else { throw ProvisioningError.schemaMissing(of: tenant) }
        schema = try Identifier(name)
    }

    /// Gives the home the right to write, and tells a container's own server so.
    func openWrites(of tenant: TenantName) async throws {
        try await provisioner.openWrites(of: tenant, schema: schema, grantee: grantee)
    }

    /// Ends a transaction that wrote to the schema by its name: when another schema has that name by now, all of it is
    /// undone.
    /// - Throws: ``ProvisioningError`` with code `schemaMissing`.
    func confirm(_ connection: PostgresConnection) async throws {
        let isHere = try await !connection.query(
            "select from pg_namespace where oid = \(schemaOID) and nspname = \(schema.name)"
        ).isEmpty
        guard isHere else {
            throw ProvisioningError(
                .schemaMissing,
                "the schema \(schema.name) that was being written to is gone",
                next: "Look at the tenant with show."
            )
        }
    }

    /// A table of it, qualified and quoted.
    func qualified(_ table: TableShape) -> String { schema.quoted + "." + table.name.quoted }
}
