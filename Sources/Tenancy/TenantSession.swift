import Postgres

/// Runs statements as one tenant: the only way to a tenant's data.
///
/// Each unit of work is a segment of its own that enters the tenant first: `search_path` is set to the tenant's schema,
/// named by oid, and the role to the tenant's, both for this transaction only. If entering fails, PostgreSQL skips the
/// rest. Nothing is left on the connection.
public struct TenantSession: Sendable {
    public let tenant: Tenant
    /// When whoever waits has to be told something: no work is waited for, and nothing that it has to wait for, for longer.
    public var deadline: ContinuousClock.Instant?
    private let client: PostgresClient
    /// Leads to the database of its own that the tenant may have.
    private let homes: HomeClients?
    /// Knows what has become of a tenant that could not be entered.
    private let directory: TenantDirectory?

    public init(
        _ tenant: Tenant,
        client: PostgresClient,
        homes: HomeClients? = nil,
        directory: TenantDirectory? = nil
    ) {
        self.tenant = tenant
        self.client = client
        self.homes = homes
        self.directory = directory
    }

    /// Runs statements as one transaction, in one round trip. While a move is about to switch, writing waits.
    /// - Parameter isRepeatable: done twice is as done once, as for all that only reads: when the connection is lost, it
    ///   is sent again.
    /// - Returns: the rows of each statement.
    /// - Throws: ``TenancyError``, when nothing was run; ``PostgresError``.
    public func run(_ statements: [SQL], isReadOnly: Bool = false, isRepeatable: Bool = false) async throws -> [Rows] {
        let work = Segment(
            statements: statements,
            isReadOnly: isReadOnly,
            isRepeatable: isRepeatable,
            deadline: deadline
        )
        var tenant = tenant
        if tenant.pausesWrites, !isReadOnly { tenant = try await whenWritable(tenant) }
        do {
            return try await send(work, as: tenant)
        } catch let error as PostgresError where Self.isRefusal(error) {
            return try await runAgain(work, after: tenant)
        } catch TenancyError.homeUnreachable where directory?.hasChanged(tenant) == true {
            // It has left the home that is no more.
            return try await runAgain(work, after: tenant)
        }
    }

    private func send(_ work: Segment, as tenant: Tenant) async throws -> [Rows] {
        var work = work
        work.preamble = Self.enter(tenant)
        work.scope = StatementScope(
            owner: UInt64(bitPattern: tenant.number),
            generation: Int64(tenant.schemaVersion)
        )
        guard let home = tenant.home else { return try await client.run(work) }
        guard let homes else { throw TenancyError.servedElsewhere }
        return try await homes.run(work, at: home)
    }

    /// What was refused had no effect. It is run where the tenant is by now, once it may be.
    ///
    /// A tenant that is as it was when it refused may have been paused in between: it is asked once more.
    private func runAgain(_ work: Segment, after refused: Tenant) async throws -> [Rows] {
        guard let directory else { throw TenancyError.schemaUnavailable(tenant: refused.name) }
        let deadline = endOfPatience(directory)
        var tenant = refused
        var isSame = false
        for _ in 0..<3 {
            let current = try await directory.reread(tenant, until: deadline)
            guard current != tenant || !isSame else { break }
            isSame = current == tenant
            tenant = current
            if !work.isReadOnly { tenant = try await directory.whenWritable(tenant, until: deadline) }
            do {
                return try await send(work, as: tenant)
            } catch let error as PostgresError where Self.isRefusal(error) { continue }
        }
        throw TenancyError.schemaUnavailable(tenant: tenant.name)
    }

    private func whenWritable(_ tenant: Tenant) async throws -> Tenant {
        guard let directory else { throw TenancyError.writesPaused }
        return try await directory.whenWritable(tenant, until: endOfPatience(directory))
    }

    private func endOfPatience(_ directory: TenantDirectory) -> ContinuousClock.Instant {
        let end = ContinuousClock.now + directory.patience
        return deadline.map { min($0, end) } ?? end
    }

    /// No such database, role, schema or table, or no right to it: so PostgreSQL speaks when what the directory knew of
    /// the tenant is not true any more.
    private static func isRefusal(_ error: PostgresError) -> Bool {
        guard let state = error.sqlState else { return false }
        return switch error.code {
        case .server: enterFailures.contains(state)
        case .connectionFailed: state == .invalidCatalogName
        default: false
        }
    }

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
