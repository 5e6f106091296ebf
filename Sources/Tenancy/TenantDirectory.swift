import FoundationEssentials
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
    }

    private let state = Mutex(State())
    private let client: PostgresClient
    private let only: TenantName?
    private let logger: Logger
    private let staleNames: AsyncStream<String>
    private let reportStale: AsyncStream<String>.Continuation

    /// - Parameter only: the tenant whose hosts alone are known here; `nil`: all.
    public init(client: PostgresClient, only: TenantName? = nil, logger: Logger) {
        self.client = client
        self.only = only
        self.logger = logger
        (staleNames, reportStale) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
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
        guard let tenant = found, only == nil || tenant.name == only?.rawValue, tenant.state != .dropping,
            tenant.state != .creating
        else {
            throw TenancyError.unknownTenant
        }
        guard tenant.state == .active else { throw TenancyError.unavailable(tenant.state) }
        return TenantSession(tenant, client: client) { [reportStale] in reportStale.yield($0.name) }
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
        for await name in staleNames {
            do { try await read([name]) } catch {
                logger.info("cannot read a tenant", metadata: ["reason": "\(error)"])
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
        let tenants = try await tenants(
            """
            select t.id, t.number, t.name, t.schema_oid, t.role_name, t.level, t.state, t.schema_version,
              t.settings::text, coalesce(d.hosts, '{}'::text[])
            from polls_control.tenant t
            left join (select tenant_id, array_agg(host) as hosts from polls_control.tenant_domain group by tenant_id) d
              on d.tenant_id = t.id
            """
        )
        state.withLock { state in
            state.byName = Dictionary(tenants.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
            state.byDomain = [:]
            for tenant in tenants { for domain in tenant.domains { state.byDomain[domain] = tenant.name } }
            state.isLoaded = true
        }
        logger.debug("read the registry", metadata: ["tenants": "\(tenants.count)"])
    }

    private func read(_ names: [String]) async throws {
        let tenants = try await tenants(
            """
            select t.id, t.number, t.name, t.schema_oid, t.role_name, t.level, t.state, t.schema_version,
              t.settings::text,
              coalesce((select array_agg(d.host) from polls_control.tenant_domain d where d.tenant_id = t.id), '{}'::text[])
            from polls_control.tenant t where t.name = any (\(names))
            """
        )
        state.withLock { state in
            for name in names {
                for domain in state.byName[name]?.domains ?? [] { state.byDomain[domain] = nil }
                state.byName[name] = nil
            }
            for tenant in tenants {
                state.byName[tenant.name] = tenant
                for domain in tenant.domains { state.byDomain[domain] = tenant.name }
            }
        }
    }

    private func tenants(_ query: SQL) async throws -> [Tenant] {
        // As the login itself, whatever a tenant's statement may have done to the session.
        let rows = try await client.run(
            Segment(
                preamble: "select set_config('role', 'none', true), set_config('search_path', 'pg_catalog', true)",
                statements: [query],
                isReadOnly: true
            )
        )
        return try rows[0].map { row in
            let (id, number, name, oid, role, level, state, version, settings, domains) = try row.decode(
                UUID.self,
                Int64.self,
                String.self,
                UInt32.self,
                String?.self,
                String.self,
                String.self,
                Int32.self,
                String.self,
                [String].self
            )
            guard let level = Tenant.Level(rawValue: level), let state = Tenant.State(rawValue: state) else {
                throw PostgresError(.decoding, "the registry has a level or state that this version does not know")
            }
            return Tenant(
                id: id,
                number: number,
                name: name,
                schemaOID: oid,
                role: role,
                level: level,
                state: state,
                schemaVersion: version,
                settings: settings,
                domains: domains
            )
        }
    }
}
