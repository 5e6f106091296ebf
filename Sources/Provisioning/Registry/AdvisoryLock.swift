import Postgres
import Tenancy

/// What keeps operators' tools out of each other's way in one database: an advisory lock of PostgreSQL for each kind of
/// work. A killed process lets go by itself.
enum AdvisoryLock {
    /// Making or upgrading the registry.
    case install
    /// Writing a new tenant of this name into the registry.
    case create(TenantName)
    /// Deciding where the tenant lives: making, moving, dropping it.
    case place(TenantName)
    /// Changing the tenant's tables. A move begins with it, so that its copy is of one version.
    case migrate(TenantName)
    /// Adding a server, giving it up or removing it.
    case server(String)

    /// Waits for it, and holds it until the transaction ends.
    var wait: SQL { "select pg_advisory_xact_lock(hashtextextended(\(key), 0))" }

    /// Waits for it, and holds it until the session ends, beside others that share it.
    var share: SQL { "select pg_advisory_lock_shared(hashtextextended(\(key), 0))" }

    /// Takes it, if it is free, until the session ends. Answers whether it did.
    var attempt: SQL { "select pg_try_advisory_lock(hashtextextended(\(key), 0))" }

    private var key: String {
        switch self {
        case .install: "polls_control.init"
        case .create(let name): "polls_control.create:\(name)"
        case .place(let name): "polls_control.place:\(name)"
        case .migrate(let name): "polls_control.migrate:\(name)"
        case .server(let name): "polls_control.server:\(name)"
        }
    }
}
