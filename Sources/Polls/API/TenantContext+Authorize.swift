import Crypto
import HummingbirdCore
import Postgres

extension TenantContext {
    /// Lets through whoever may write: anyone in an open tenant, else the bearer of one of its tokens.
    func authorize(_ request: Request) async throws {
        if isOpen { return }
        guard let field = request.headers[.authorization], field.utf8.count <= 512 else { throw Problem.unauthorized }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw Problem.unauthorized }
        let hash = Bytes(SHA256.hash(data: Array(parts[1].utf8)))
        guard try await store.hasToken(hash: hash) else { throw Problem.unauthorized }
    }
}
