@testable import polls_bench

/// A comparison such as a machine of two cores gives.
enum Sample {
    static func comparison(
        levels: [Level] = Level.allCases,
        counts: [Int] = [1, 2, 5, 10, 20, 50],
        processor: String = "Example 3000",
        byHandTenants: Int? = 20
    ) -> Comparison {
        Comparison(
            run: ComparisonRun(
                date: "2026-11-21T09:00:00Z",
                levels: levels,
                counts: counts,
                byHandTenants: byHandTenants,
                seconds: 4,
                rounds: 3,
                seed: 42,
                runtime: .process,
                runtimeReason: "no Docker engine answers here",
                build: "release"
            ),
            machine: Machine(
                processor: processor,
                cores: 2,
                memory: 8 << 30,
                kernel: "6.1.0",
                postgres: "15.14",
                nginx: "1.22.1",
                wrk: "4.1.0"
            ),
            points: levels.flatMap { level in counts.map { point(level, $0) } },
            byHand: ByHandFigures(tenants: 20, create: 1.5, memoryPerTenant: 38 * mebibyte),
            front: FrontFigures(
                emptyHandler: traffic(20_000, p99: 4),
                questions: traffic(15_000, p99: 8),
                emptyList: traffic(17_000, p99: 7)
            ),
            moves: [move(from: .schema, to: .database, pause: 120), move(from: .database, to: .container, pause: 210)]
        )
    }

    private static func move(from: Level, to: Level, pause: Double) -> MoveFigures {
        MoveFigures(
            from: from,
            to: to,
            votes: 100_000,
            writesPerSecond: 200,
            pause: pause,
            seconds: 4.5,
            acknowledged: 1290,
            lost: 0,
            doubled: 0
        )
    }

    static let mebibyte = 1_048_576.0

    /// Every tenant of a level costs the same, so that expectations can be worked out by hand.
    static func point(_ level: Level, _ tenants: Int) -> LevelPoint {
        let base = Footprint(memory: 100 << 20, disk: 60 << 20, processes: 12, connections: 6)
        let costs: (memory: Int, disk: Int, processes: Int, connections: Int, create: Double, rate: Double) =
            switch level {
            case .schema: (1 << 19, 1 << 18, 0, 0, 0.05, 18_000)
            case .database: (3 << 20, 8 << 20, 1, 1, 0.2, 16_000)
            case .container: (40 << 20, 40 << 20, 13, 5, 1.6, 12_000)
            }
        return LevelPoint(
            level: level,
            tenants: tenants,
            createSeconds: [costs.create, costs.create * 0.9, costs.create * 1.3],
            base: base,
            full: Footprint(
                memory: base.memory + tenants * costs.memory,
                disk: base.disk + tenants * costs.disk,
                processes: base.processes + tenants * costs.processes,
                connections: base.connections + tenants * costs.connections
            ),
            uniform: traffic(costs.rate - 40 * Double(tenants), p99: 4 + Double(tenants) / 5),
            skewed: traffic(costs.rate - 20 * Double(tenants), p99: 4 + Double(tenants) / 8),
            migrateSeconds: costs.create / 4 * Double(tenants),
            killed: tenants == 1
                ? nil
                : KilledDatabase(
                    others: .init(asked: 400, failed: level == .container ? 0 : 12, lastFailure: 0.4, slowest: 310),
                    own: .init(asked: 200, failed: 9, lastFailure: 0.4, slowest: 320)
                ),
            overloaded: tenants == 1 ? nil : OverloadedTenant(asked: 400, failed: 0, quietP99: 3, p99: 40)
        )
    }

    private static func traffic(_ rate: Double, p99: Double) -> Traffic {
        Traffic(requestsPerSecond: rate, p50: p99 / 4, p99: p99, failed: 0)
    }
}
