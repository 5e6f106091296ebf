import Postgres

/// Runs statements as one tenant: the only way to a tenant's data.
///
/// Each unit of work is a segment of its own that enters the tenant first: `search_path` is set to the tenant's schema,
/// named by oid, and the role to the tenant's, both for this transaction only. If entering fails, PostgreSQL skips the
/// rest. Nothing is left on the connection.
public struct TenantSession: Sendable {
    public let tenant: Tenant
    private let client: PostgresClient
    /// Tells the directory that what it knows of this tenant is not true any more.
    private let reportStale: @Sendable (Tenant) -> Void

    public init(
        _ tenant: Tenant,
        client: PostgresClient,
        reportStale: @escaping @Sendable (Tenant) -> Void = { _ in }
    ) {
        self.tenant = tenant
        self.client = client
        self.reportStale = reportStale
    }

    /// Runs statements as one transaction, in one round trip.
    /// - Returns: the rows of each statement.
    /// - Throws: ``TenancyError/schemaUnavailable(tenant:)`` when the tenant could not be entered; ``PostgresError``.
    public func run(_ statements: [SQL], isReadOnly: Bool = false) async throws -> [Rows] {
        do {
            return try await client.run(
                Segment(
                    scope: StatementScope(
                        owner: UInt64(bitPattern: tenant.number),
                        generation: Int64(tenant.schemaVersion)
                    ),
                    preamble: Self.enter(tenant),
                    statements: statements,
                    isReadOnly: isReadOnly
                )
            )
        } catch let error as PostgresError {
            guard let state = error.sqlState, Self.enterFailures.contains(state) else { throw error }
            reportStale(tenant)
            throw TenancyError.schemaUnavailable(tenant: tenant.name)
        }
    }

    /// No such role or schema, or no right to it: of a statement in a known schema, none of these can come.
    private static let enterFailures: Set<SQLState> = [
        .invalidParameterValue, .invalidSchemaName, .undefinedTable, .undefinedObject, .insufficientPrivilege,
    ]

    /// Enters a tenant for the rest of the transaction.
    public static func enter(_ tenant: Tenant) -> SQL {
        enter(schemaOID: tenant.schemaOID, role: tenant.role)
    }

    /// Enters a schema, by oid, as a role, for the rest of the transaction. Without a role, as the login itself.
    public static func enter(schemaOID: UInt32, role: String?) -> SQL {
        """
        select set_config('search_path', \(schemaOID)::oid::regnamespace::text || ', pg_temp', true), \
        set_config('role', \(role ?? "none"), true)
        """
    }
}
