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

    /// A table of it, qualified and quoted.
    func qualified(_ table: TableShape) -> String { schema.quoted + "." + table.name.quoted }
}
