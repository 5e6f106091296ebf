import Postgres
import Tenancy

extension Provisioner {
    /// Makes another API token for a tenant of this database.
    /// - Parameters:
    ///   - label: what it is for; kept beside its hash.
    ///   - replacing: all earlier ones are void from then on.
    /// - Returns: the token, and how many earlier ones are void now.
    /// - Throws: ``ProvisioningError`` with code `noSuchTenant` or `schemaMissing`.
    public func makeToken(
        for name: TenantName,
        label: String,
        replacing: Bool
    ) async throws -> (token: APIToken, replaced: Int) {
        let token = APIToken(prefix: product.tokenPrefix)
        let replaced = try await change(name, "making a token for") { connection in
            let schema = try await connection.query(
                """
                select nspname::text from polls_control.tenant left join pg_catalog.pg_namespace namespace
                    on namespace.oid = schema_oid
                where tenant.name = \(name.rawValue)
                """
            ).decodeOptional(String?.self)
            guard let schema else { throw ProvisioningError.noSuchTenant(name) }
            guard let schema else { throw ProvisioningError.schemaMissing(of: name) }
            let path = try Identifier(schema).quoted + ", pg_temp"
            let removal = replacing ? [product.removeTokens()] : []
            let answers = try await connection.run(
                ["select set_config('search_path', \(path), true)"] + removal
                    + [product.insertToken(token.hash, label)]
            )
            return replacing ? answers[1].affected : 0
        }
        return (token, replaced)
    }
}
