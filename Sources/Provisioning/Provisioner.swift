import FoundationEssentials
import Logging
import Postgres
import Tenancy

/// Makes, changes and drops a registry's tenants. Every change of a tenant is one transaction.
public struct Provisioner: Sendable {
    let client: PostgresClient
    let product: Product
    let logger: Logger
    public let registry: Registry
    let outlines = KnownOutlines()

    /// Reads the registry, in one query.
    /// - Parameter registryVersion: how many control migrations this program has.
    /// - Throws: ``ProvisioningError`` with code `registryMissing` or `registryVersion`.
    public static func open(
        _ client: PostgresClient,
        product: Product,
        registryVersion: Int,
        logger: Logger
    ) async throws -> Provisioner {
        do {
            let registry = try await client.withConnection { connection in
                try await Registry.read(connection, expecting: Int32(registryVersion))
            }
            return Provisioner(client: client, product: product, logger: logger, registry: registry)
        } catch let error as PostgresError {
            throw ProvisioningError.explain(error, doing: "reading the registry", changed: "Nothing was changed")
        }
    }

    init(client: PostgresClient, product: Product, logger: Logger, registry: Registry) {
        self.client = client
        self.product = product
        self.logger = logger
        self.registry = registry
    }

    /// Whom a tenant's tables are granted to.
    func grantee(role: String?) throws -> Identifier { try Identifier(role ?? registry.appLogin) }

    /// A name for a tenant's role that no other tenant, and no other home of this one, has.
    func newRole(of name: TenantName, id: UUID) -> String? {
        registry.tenantRoles ? "tenant_\(name)_\(id.uuidString.lowercased().prefix(8))" : nil
    }

    /// What gives the app its rights in a tenant's schema; again after each migration, for the tables it brought.
    /// - Parameter fenced: reading only: the tenant's writes are taken elsewhere.
    static func grant(
        _ schema: Identifier,
        to grantee: Identifier,
        fenced: Bool = false,
        _ connection: PostgresConnection
    ) async throws {
        let contents = try await SchemaContents.read(schema, connection)
        _ = try await connection.run(contents.grant(to: grantee, fenced: fenced))
    }

    /// Runs statements that stand alone, on a connection of their own, and explains what went wrong.
    func withConnection<R>(_ doing: String, _ body: (PostgresConnection) async throws -> R) async throws -> R {
        do {
            return try await client.withConnection(body)
        } catch let error as PostgresError {
            throw ProvisioningError.explain(error, doing: doing, changed: "Nothing was changed")
        }
    }

    /// Runs a change of one tenant as a transaction, and explains what went wrong.
    func change<R>(
        _ name: TenantName,
        _ doing: String,
        _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        do {
            return try await client.withTransaction(body)
        } catch let error as PostgresError {
            throw ProvisioningError.explain(error, doing: "\(doing) \(name)", changed: "Nothing was changed")
        }
    }
}

extension ProvisioningError {
    /// Explains PostgreSQL's refusal, or the loss of it, when no better words are at hand.
    static func explain(_ error: PostgresError, doing: String, changed: String) -> ProvisioningError {
        switch error.code {
        case .connectionFailed:
            ProvisioningError(
                .connectionLost,
                "no connection to PostgreSQL: \(error.words)",
                next: "Check that it runs, and the address and login that were given (DATABASE_URL or --database-url).",
                cause: error
            )
        case .unknownOutcome, .deadlineExceeded:
            ProvisioningError(
                .unknownOutcome,
                "the connection was lost in the middle of \(doing), and it may or may not be done",
                next: "Look at it with show, and run the command again if it is not.",
                cause: error
            )
        case .queueFull:
            ProvisioningError(
                .busy,
                "no connection was free for \(doing). \(changed)",
                next: "Run it again.",
                cause: error
            )
        case _ where error.isLoss:
            ProvisioningError(
                .connectionLost,
                "the connection was lost in the middle of \(doing). \(changed)",
                next: "Run it again.",
                cause: error
            )
        case _ where error.isTransient:
            ProvisioningError(
                .busy,
                "\(doing) waited too long for a lock that others hold. \(changed)",
                next: "Run it again.",
                cause: error
            )
        case _ where error.sqlState == .insufficientPrivilege:
            ProvisioningError(
                .notPermitted,
                "\(doing): the operator's login may not: \(error.words). \(changed)",
                next: "Use the login that made the registry, or a superuser.",
                cause: error
            )
        default:
            ProvisioningError(
                .database,
                "\(doing): PostgreSQL refused: \(error.words). \(changed)",
                next: "Mend what it names, and run it again.",
                cause: error
            )
        }
    }

    static func noSuchTenant(_ name: TenantName) -> ProvisioningError {
        ProvisioningError(.noSuchTenant, "there is no tenant \(name)", next: "See which there are with list.")
    }

    static func moveUnderWay(of name: TenantName) -> ProvisioningError {
        ProvisioningError(
            .moveUnderWay,
            "a move of \(name) is not finished",
            next: "Wait for it if it still runs; else run move \(name) --resume or move \(name) --abort first."
        )
    }

    /// Another command has not come to its end.
    static func unfinished(_ name: TenantName, _ state: String) -> ProvisioningError {
        let next =
            switch state {
            case "creating": "Wait for it if it still runs; else run create-schema again, or drop-schema."
            case "dropping": "Wait for it if it still runs; else run drop-schema again."
            default: "Wait until that is over, and look at it with show."
            }
        return ProvisioningError(.wrongState, "the tenant \(name) is \(state): that is not finished", next: next)
    }

    static func schemaMissing(of name: TenantName) -> ProvisioningError {
        ProvisioningError(
            .schemaMissing,
            "the schema of \(name) is gone",
            next: "Restore it, or drop the tenant."
        )
    }
}
