import Postgres

/// What a product brings to its tenants: their tables, and how its first credentials are kept.
public struct Product: Sendable {
    /// Applied to each tenant's schema, in order.
    public let migrations: [Migration]
    /// Starts each API token, so that people and scanners know one when they see it.
    public let tokenPrefix: String
    /// The statement that keeps a token in the tenant's schema, which is on the search path: its hash and its name.
    let insertToken: @Sendable (_ hash: Bytes, _ name: String) -> SQL
    /// The statement that removes every token of the tenant.
    let removeTokens: @Sendable () -> SQL

    public init(
        migrations: [Migration],
        tokenPrefix: String,
        insertToken: @escaping @Sendable (_ hash: Bytes, _ name: String) -> SQL,
        removeTokens: @escaping @Sendable () -> SQL
    ) {
        self.migrations = migrations
        self.tokenPrefix = tokenPrefix
        self.insertToken = insertToken
        self.removeTokens = removeTokens
    }

    /// The version of a schema to which every migration was applied.
    public var version: Int32 { Int32(migrations.count) }
}
