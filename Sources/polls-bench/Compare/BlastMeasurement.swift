#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the first tenant's misfortune does to the others.
struct BlastMeasurement: Sendable {
    let site: Site
    let tenants: [String]
    let seconds: Int

    private var victim: String { tenants[0] }
    private var others: SteadyLoad {
        SteadyLoad(port: site.port, tenants: Array(tenants.dropFirst()), requestsPerSecond: 100)
    }

    /// wrk with 64 connections on one.
    func overload() async throws -> OverloadedTenant {
        let length = Double(max(seconds, 2))
        let quiet = try await others.run(seconds: length)
        let load = try Load(folder: site.folder, name: "one", tenants: [victim], order: [0], path: "/polls/")
        let samples = try await withThrowingTaskGroup(of: [SteadyLoad.Sample].self) { group in
            group.addTask {
                _ = try await load.run(port: site.port, seconds: Int(length) + 1, connections: 64)
                return []
            }
            group.addTask {
                // The load is up by then.
                try await Task.sleep(for: .milliseconds(300))
                return try await others.run(seconds: length)
            }
            var all: [SteadyLoad.Sample] = []
            for try await samples in group { all += samples }
            return all
        }
        return OverloadedTenant(
            asked: samples.count,
            failed: samples.filter { !$0.succeeded }.count,
            quietP99: quantile(0.99, of: quiet.map(\.latency)),
            p99: quantile(0.99, of: samples.map(\.latency))
        )
    }

    /// Seconds for which a PostgreSQL that recovers is waited for.
    static let recovery = 90.0

    /// SIGKILL to a process of its PostgreSQL. Goes on until all are served again.
    ///
    /// After a checkpoint: else its recovery would above all do once more what made the tenants a moment ago.
    func killDatabase() async throws -> KilledDatabase {
        try await site.execute("checkpoint")
        let before = 1.0
        let length = before + Double(max(seconds, 4))
        let own = SteadyLoad(port: site.port, tenants: [victim], requestsPerSecond: 50)
        async let othersAfterwards = others.run(seconds: length, untilAnsweredFor: Self.recovery)
        async let ownAfterwards = own.run(seconds: length, untilAnsweredFor: Self.recovery)
        let start = ContinuousClock.now
        try await Task.sleep(for: .seconds(before))
        let session = try await session()
        let moment = (ContinuousClock.now - start).seconds
        kill(session, SIGKILL)
        return try await KilledDatabase(
            others: Self.aftermath(othersAfterwards, since: moment),
            own: Self.aftermath(ownAfterwards, since: moment)
        )
    }

    /// What was answered after a moment.
    static func aftermath(_ samples: [SteadyLoad.Sample], since moment: Double) -> KilledDatabase.Aftermath {
        let after = samples.filter { $0.answered >= moment }
        let failures = after.filter { !$0.succeeded }
        return KilledDatabase.Aftermath(
            asked: after.count,
            failed: failures.count,
            lastFailure: failures.map { $0.answered - moment }.max() ?? 0,
            slowest: after.map(\.latency).max() ?? 0
        )
    }

    /// A process that serves the tenant's server: in its own PostgreSQL at the level `container`, in the shared one else.
    private func session() async throws -> Int32 {
        let sessions = DeploymentProcesses.sessions(
            DeploymentProcesses.all() + (await site.admin.engine?.processes() ?? [])
        )
        guard let found = sessions.first(where: { $0.database == victim }) ?? sessions.first else {
            throw CompareFailure("no process of \(victim)'s PostgreSQL was found", next: "See whether PostgreSQL runs.")
        }
        return found.process
    }
}
