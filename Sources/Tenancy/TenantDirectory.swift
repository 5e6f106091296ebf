import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Which tenant has which host: all of them in memory, kept true by LISTEN.
///
/// The whole registry is read at the start (about 200 bytes a tenant), so an unknown host costs the database nothing,
/// however many are asked for. Changes come as notifications, and are read again by name. When the listening
/// connection was lost, everything is read again once it is back: until then what was known is served, and the
/// tenant's schema, entered by oid, has the last word.
public final class TenantDirectory: Service, Sendable {
    /// The channel that the registry's triggers notify, with a tenant's name or, for "any", nothing.
    public static let channel = "polls_tenant"

    private struct State {
        var byName: [String: Tenant] = [:]
        var byDomain: [String: String] = [:]
        var isLoaded = false
        /// How often anything was read.
        var reads: UInt64 = 0
        /// Who waits for a tenant to be read again, by its name.
        var waiting: [String: [Turn]] = [:]
        /// What could not be entered, and is to be read again.
        var stale: Set<String> = []
    }

    /// Writers of one tenant that wait at once.
    private static let mostWaiting = 512

    private let state = Mutex(State())
    private let client: PostgresClient
    private let registry: TenantRegistry
    private let homes: HomeClients?
    private let only: TenantName?
    private let logger: Logger
    private let staleReports: AsyncStream<Void>
    private let reportStale: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - homes: leads to tenants' own databases. Without it they are not served.
    ///   - only: the tenant whose hosts alone are known here; `nil`: all.
    public init(client: PostgresClient, homes: HomeClients? = nil, only: TenantName? = nil, logger: Logger) {
        self.client = client
        registry = TenantRegistry(client: client)
        self.homes = homes
        self.only = only
        self.logger = logger
        (staleReports, reportStale) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether it knows the hosts of one tenant alone.
    public var isOfOne: Bool { only != nil }

    /// How many tenants are known.
    public var count: Int { state.withLock { $0.byName.count } }

    /// Whether the registry has been read.
    public var isLoaded: Bool { state.withLock { $0.isLoaded } }

    /// The session of the tenant that a host stands for.
    /// - Throws: ``TenancyError``, the same for hosts that never were and hosts that are no more.
    public func session(for host: HostGuard.Host) async throws -> TenantSession {
        if !isLoaded { try await waitUntilLoaded() }
        let found: Tenant? = state.withLock { state in
            switch host {
            case .base: nil
            case .label(let label): state.byName[label]
            case .other(let domain): state.byDomain[domain].flatMap { state.byName[$0] }
            }
        }
        guard let found, only == nil || found.name == only?.rawValue else { throw TenancyError.unknownTenant }
        var tenant = try Self.served(found)
        if tenant.level == .container {
            // Who sends it here may have heard of the tenant's return before this directory has.
            let current = try? await reread(tenant, until: .now + .seconds(2))
            guard let current, current.level != .container else { throw TenancyError.servedElsewhere }
            tenant = try Self.served(current)
        }
        return TenantSession(tenant, client: client, homes: homes, directory: self)
    }

    /// The tenant, if its state allows it to be served.
    private static func served(_ tenant: Tenant) throws -> Tenant {
        switch tenant.state {
        case .active, .moving: return tenant
        case .creating, .dropping: throw TenancyError.unknownTenant
        default: throw TenancyError.unavailable(tenant.state)
        }
    }

    /// The tenant as it is once its writes are not paused, wherever it lives by then.
    /// - Throws: ``TenancyError/writesPaused`` after the deadline, or when too many wait; ``TenancyError/unavailable(_:)``.
    func whenWritable(_ tenant: Tenant, until deadline: ContinuousClock.Instant) async throws -> Tenant {
        var reads = state.withLock { $0.reads }
        while true {
            guard let current = state.withLock({ $0.byName[tenant.name] }), current.id == tenant.id else {
                throw TenancyError.unknownTenant
            }
            guard current.state == .active || current.state == .moving else {
                throw TenancyError.unavailable(current.state)
            }
            // A container's database is nobody's but its own server's.
            guard current.level != .container else { throw TenancyError.servedElsewhere }
            if !current.pausesWrites { return current }
            guard await waitForRead(of: tenant.name, after: &reads, until: deadline) else {
                throw TenancyError.writesPaused
            }
        }
    }

    /// Whether the tenant is another one by now than it was for somebody.
    func hasChanged(_ tenant: Tenant) -> Bool { state.withLock { $0.byName[tenant.name] != tenant } }

    /// The tenant as the registry has it now: for one that could not be entered, or that refused a write.
    func reread(_ tenant: Tenant, until deadline: ContinuousClock.Instant) async throws -> Tenant {
        // A read that was under way may have been too early to see the change; the second one cannot be.
        for _ in 0..<2 {
            var reads = state.withLock { state in
                state.stale.insert(tenant.name)
                return state.reads
            }
            reportStale.yield()
            guard await waitForRead(of: tenant.name, after: &reads, until: deadline) else { break }
            guard let current = state.withLock({ $0.byName[tenant.name] }), current.id == tenant.id else { break }
            if current != tenant { return current }
        }
        throw TenancyError.schemaUnavailable(tenant: tenant.name)
    }

    /// Waits until a tenant, or everything, was read again. False after the deadline, or when too many wait.
    private func waitForRead(
        of name: String,
        after reads: inout UInt64,
        until deadline: ContinuousClock.Instant
    ) async -> Bool {
        guard ContinuousClock.now < deadline, !Task.isCancelled else { return false }
        let turn = Turn()
        enum Entry { case now, queued, full }
        let seen = reads
        let (entry, now): (Entry, UInt64) = state.withLock { state in
            if state.reads != seen { return (.now, state.reads) }
            guard state.waiting[name, default: []].count < Self.mostWaiting else { return (.full, seen) }
            state.waiting[name, default: []].append(turn)
            return (.queued, seen)
        }
        reads = now
        switch entry {
        case .now: return true
        case .full: return false
        case .queued:
            let isInTime = await turn.value(until: deadline)
            state.withLock { state in
                state.waiting[name]?.removeAll { $0 === turn }
                if state.waiting[name]?.isEmpty == true { state.waiting[name] = nil }
            }
            reads = state.withLock { $0.reads }
            return isInTime && !Task.isCancelled
        }
    }

    /// Reads the registry and follows its changes, until graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.follow() }
                group.addTask { await self.rereadReported() }
            }
        }
    }

    private func follow() async {
        while !Task.isCancelled {
            do {
                try await client.withConnection { connection in
                    // Listening first: a change between the two is read twice rather than never.
                    let notifications = try await connection.notifications(on: Identifier(Self.channel))
                    try await readAll()
                    for await notification in notifications {
                        try await notification.payload.isEmpty ? readAll() : read([notification.payload])
                    }
                }
                if !Task.isCancelled { logger.info("the registry's notifications ended; reading it again") }
            } catch {
                if !Task.isCancelled { logger.warning("cannot read the registry", metadata: ["reason": "\(error)"]) }
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Reads again, at most ten times a second, the tenants that could not be entered.
    private func rereadReported() async {
        for await _ in staleReports {
            let names = state.withLock { state in
                defer { state.stale = [] }
                return Array(state.stale)
            }
            do { try await read(names) } catch {
                logger.info("cannot read tenants", metadata: ["reason": "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func waitUntilLoaded() async throws {
        let deadline = ContinuousClock.now + .seconds(5)
        while !isLoaded {
            guard ContinuousClock.now < deadline else { throw TenancyError.directoryUnavailable }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func readAll() async throws {
        let tenants = try await registry.tenants()
        state.withLock { state in
            state.byName = Dictionary(tenants.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
            state.byDomain = [:]
            for tenant in tenants { for domain in tenant.domains { state.byDomain[domain] = tenant.name } }
            state.isLoaded = true
            state.reads &+= 1
            for turn in state.waiting.values.joined() { turn.resume() }
        }
        logger.debug("read the registry", metadata: ["tenants": "\(tenants.count)"])
    }

    private func read(_ names: [String]) async throws {
        let tenants = try await registry.tenants(names)
        state.withLock { state in
            for name in names {
                for domain in state.byName[name]?.domains ?? [] { state.byDomain[domain] = nil }
                state.byName[name] = nil
            }
            for tenant in tenants {
                state.byName[tenant.name] = tenant
                for domain in tenant.domains { state.byDomain[domain] = tenant.name }
            }
            state.reads &+= 1
            for name in names { for turn in state.waiting[name] ?? [] { turn.resume() } }
        }
    }
}
