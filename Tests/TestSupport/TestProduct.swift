import Migrations
import Postgres
import Provisioning
import Tenancy

/// The polls, as their provisioner knows them.
public enum TestProduct {
    public static func polls() throws -> Product {
        Product(
            migrations: try Migration.load(EmbeddedMigrations.tenant),
            tokenPrefix: "polls_",
            insertToken: { hash, name in "insert into api_token (hash, name) values (\(hash), \(name))" },
            removeTokens: { "delete from api_token" }
        )
    }

    /// One without tokens.
    public static func of(_ migrations: [(file: String, text: String)]) throws -> Product {
        Product(
            migrations: try Migration.load(migrations.map { (file: $0.file, bytes: Array($0.text.utf8)) }),
            tokenPrefix: "",
            insertToken: { "select \($0), \($1)" },
            removeTokens: { "select" }
        )
    }
}

extension Provisioner {
    /// A tenant that anybody may write to.
    public func makeOpen(_ name: String) async throws {
        _ = try await create(
            NewTenant(name: TenantName(name), settings: JSONText("{\"open\": true}"), withToken: false)
        )
    }

    /// A tenant that needs a token, and its token.
    public func makeClosed(_ name: String) async throws -> String {
        try await create(NewTenant(name: TenantName(name))).token?.text ?? ""
    }
}
