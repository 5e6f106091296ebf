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
        /// What is to be read next.
        var marked = Marks()
        /// What could not be entered, and is to be read again.
        var reported: Set<String> = []
        /// The number of the read that began last.
        var reads: UInt64 = 0
        /// Who waits for a tenant to be read, by its name.
        var waiting: [String: [Waiter]] = [:]
    }

    private struct Marks {
        var names: Set<String> = []
        var all = false
    }

    private struct Waiter {
        let turn: Turn
        /// The first read that will do.
        let read: UInt64
    }

    /// Writers of one tenant that wait at once.
    private static let mostWaiting = 512

    private let state = Mutex(State())
    private let client: PostgresClient
    private let registry: TenantRegistry
    private let homes: HomeClients?
    private let only: TenantName?
    let patience: Duration
    private let logger: Logger
    private let marks: AsyncStream<Void>
    private let marked: AsyncStream<Void>.Continuation
    private let reports: AsyncStream<Void>
    private let reported: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - homes: leads to tenants' own databases. Without it they are not served.
    ///   - only: the tenant whose hosts alone are known here; `nil`: all.
    ///   - patience: how long a writer waits for a move to switch, and a request for a tenant to be read again.
    public init(
        client: PostgresClient,
        homes: HomeClients? = nil,
        only: TenantName? = nil,
        patience: Duration = .seconds(2),
        logger: Logger
    ) {
        self.client = client
        registry = TenantRegistry(client: client)
        self.homes = homes
        self.only = only
        self.patience = patience
        self.logger = logger
        (marks, marked) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (reports, reported) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether it knows the hosts of one tenant alone.
    public var isOfOne: Bool { only != nil }

    /// How many tenants are known.
    public var count: Int { state.withLock { $0.byName.count } }

    /// Whether the registry has been read.
    public var isLoaded: Bool { state.withLock { $0.isLoaded } }

    /// The session of the tenant that a host stands for.
    /// - Parameter deadline: when whoever waits has to be told something; the session goes by it too.
    /// - Throws: ``TenancyError``, the same for hosts that never were and hosts that are no more.
    public func session(
        for host: HostGuard.Host,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws -> TenantSession {
        if !isLoaded { try await waitUntilLoaded(atMostUntil: deadline) }
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
            let end = ContinuousClock.now + patience
            do {
                tenant = try await reread(tenant, until: deadline.map { min($0, end) } ?? end)
            } catch TenancyError.schemaUnavailable { throw TenancyError.servedElsewhere }
        }
        var session = TenantSession(tenant, client: client, homes: homes, directory: self)
        session.deadline = deadline
        return session
    }

    /// The tenant, if its state allows it to be served.
    private static func served(_ tenant: Tenant) throws -> Tenant {
        switch tenant.state {
        case .active, .moving: return tenant
        case .creating, .dropping: throw TenancyError.unknownTenant
        case .suspended: throw TenancyError.suspended
        }
    }

    private static func servedHere(_ tenant: Tenant) throws -> Tenant {
        let tenant = try served(tenant)
        // A container's database is nobody's but its own server's.
        guard tenant.level != .container else { throw TenancyError.servedElsewhere }
        return tenant
    }

    /// The tenant as it is once its writes are not paused, wherever it lives by then.
    /// - Throws: ``TenancyError/writesPaused`` after the deadline, or when too many wait.
    func whenWritable(_ tenant: Tenant, until deadline: ContinuousClock.Instant) async throws -> Tenant {
        while true {
            let turn = Turn()
            let current: Tenant? = try state.withLock { state in
                guard let current = Self.known(tenant, in: state) else { throw TenancyError.unknownTenant }
                _ = try Self.servedHere(current)
                guard current.pausesWrites else { return current }
                guard Self.queue(turn, for: tenant.name, read: 0, in: &state) else { throw TenancyError.writesPaused }
                return nil
            }
            if let current { return current }
            guard await wait(turn, for: tenant.name, until: deadline) else { throw TenancyError.writesPaused }
        }
    }

    /// Whether the tenant is another one by now than it was for somebody.
    func hasChanged(_ tenant: Tenant) -> Bool { state.withLock { $0.byName[tenant.name] != tenant } }

    /// The tenant as the registry has it now, read after this was asked for: for one that could not be entered, or
    /// that refused a write.
    func reread(_ tenant: Tenant, until deadline: ContinuousClock.Instant) async throws -> Tenant {
        let turn = Turn()
        let isQueued = state.withLock { state in
            // A read that is under way may be too early to see the change; the next one cannot be.
            guard Self.queue(turn, for: tenant.name, read: state.reads + 1, in: &state) else { return false }
            state.reported.insert(tenant.name)
            return true
        }
        if isQueued { reported.yield() }
        guard isQueued, await wait(turn, for: tenant.name, until: deadline),
            let current = state.withLock({ Self.known(tenant, in: $0) })
        else { throw TenancyError.schemaUnavailable(tenant: tenant.name) }
        return try Self.servedHere(current)
    }

    /// The tenant as it is known now, by another name perhaps.
    private static func known(_ tenant: Tenant, in state: State) -> Tenant? {
        if let current = state.byName[tenant.name], current.id == tenant.id { return current }
        return state.byName.values.first { $0.id == tenant.id }
    }

    /// False when too many wait.
    private static func queue(_ turn: Turn, for name: String, read: UInt64, in state: inout State) -> Bool {
        guard state.waiting[name, default: []].count < mostWaiting else { return false }
        state.waiting[name, default: []].append(Waiter(turn: turn, read: read))
        return true
    }

    /// False after the deadline.
    private func wait(_ turn: Turn, for name: String, until deadline: ContinuousClock.Instant) async -> Bool {
        let isInTime = await turn.value(until: deadline)
        state.withLock { state in
            state.waiting[name]?.removeAll { $0.turn === turn }
            if state.waiting[name]?.isEmpty == true { state.waiting[name] = nil }
        }
        return isInTime && !Task.isCancelled
    }

    /// Reads the registry and follows its changes, until graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.follow() }
                group.addTask { await self.markReported() }
                group.addTask { await self.readMarked() }
            }
        }
    }

    private func follow() async {
        var failures = Recurrence()
        while !Task.isCancelled {
            do {
                try await client.withConnection { connection in
                    // Listening first: a change between the two is read twice rather than never.
                    let notifications = try await connection.notifications(on: Identifier(Self.channel))
                    mark { $0.all = true }
                    failures.end()
                    for await notification in notifications {
                        mark { marks in
                            if notification.payload.isEmpty {
                                marks.all = true
                            } else {
                                marks.names.insert(notification.payload)
                            }
                        }
                    }
                }
                if !Task.isCancelled { logger.info("the registry's notifications ended; reading it again") }
            } catch {
                if !Task.isCancelled, failures.isWorthSaying("\(error)") {
                    logger.warning("cannot follow the registry", metadata: ["reason": "\(error)"])
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func mark(_ change: (inout Marks) -> Void) {
        state.withLock { change(&$0.marked) }
        marked.yield()
    }

    /// Has the tenants that could not be entered read again, at most ten times a second.
    private func markReported() async {
        for await _ in reports {
            state.withLock { state in
                state.marked.names.formUnion(state.reported)
                state.reported = []
            }
            marked.yield()
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Reads what is marked. One read after the other, so that what was read later is what was true later.
    private func readMarked() async {
        var failures = Recurrence()
        for await _ in marks {
            let (wanted, read): (Marks, UInt64) = state.withLock { state in
                defer { state.marked = Marks() }
                state.reads += 1
                return (state.marked, state.reads)
            }
            do {
                if wanted.all { try await readAll(read) } else { try await self.read(wanted.names, read) }
                failures.end()
            } catch {
                if Task.isCancelled { return }
                if failures.isWorthSaying("\(error)") {
                    logger.warning("cannot read the registry", metadata: ["reason": "\(error)"])
                }
                try? await Task.sleep(for: .milliseconds(200))
                mark { marks in
                    marks.names.formUnion(wanted.names)
                    marks.all = marks.all || wanted.all
                }
            }
        }
    }

    private func waitUntilLoaded(atMostUntil latest: ContinuousClock.Instant?) async throws {
        let patience = ContinuousClock.now + .seconds(5)
        let deadline = latest.map { min($0, patience) } ?? patience
        while !isLoaded {
            guard ContinuousClock.now < deadline else { throw TenancyError.directoryUnavailable }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func readAll(_ read: UInt64) async throws {
        let tenants = try await registry.tenants()
        let left = state.withLock { state in
            let left = state.byName.values.compactMap(\.livesIn)
            state.byName = Dictionary(tenants.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
            state.byDomain = [:]
            for tenant in tenants { for domain in tenant.domains { state.byDomain[domain] = tenant.name } }
            state.isLoaded = true
            for name in Array(state.waiting.keys) { Self.resumeWaiters(for: name, read, in: &state) }
            return left
        }
        homes?.desert(left, for: tenants.compactMap(\.livesIn))
        logger.debug("read the registry", metadata: ["tenants": "\(tenants.count)"])
    }

    private func read(_ names: Set<String>, _ read: UInt64) async throws {
        guard !names.isEmpty else { return }
        // One that was renamed is found under its new name at once, and so are its domains.
        let known = state.withLock { state in names.compactMap { state.byName[$0]?.id } }
        let tenants = try await registry.tenants(Array(names), known)
        let left = state.withLock { state in
            let left = names.compactMap { state.byName[$0]?.livesIn }
            // Whoever had the name before is not there any more, and its domains lead nowhere until it is read again.
            for name in names.union(tenants.map(\.name)) {
                for domain in state.byName[name]?.domains ?? [] where state.byDomain[domain] == name {
                    state.byDomain[domain] = nil
                }
                state.byName[name] = nil
            }
            for tenant in tenants {
                state.byName[tenant.name] = tenant
                for domain in tenant.domains { state.byDomain[domain] = tenant.name }
            }
            for name in names { Self.resumeWaiters(for: name, read, in: &state) }
            return left
        }
        homes?.desert(left, for: tenants.compactMap(\.livesIn))
    }

    private static func resumeWaiters(for name: String, _ read: UInt64, in state: inout State) {
        for waiter in state.waiting[name] ?? [] where waiter.read <= read { waiter.turn.resume() }
    }
}
