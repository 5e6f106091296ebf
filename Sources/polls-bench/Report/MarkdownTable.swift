/// The comparison as a table for a README.
enum MarkdownTable {
    /// The levels side by side, at the number of tenants at which they are compared.
    static func text(_ comparison: Comparison) -> String {
        guard let count = comparison.sharedCount() else { return "Nothing was measured.\n" }
        let points = comparison.levels.compactMap { comparison.point($0, tenants: count) }
        let rows: [(String, (LevelPoint) -> String)] = [
            ("memory a tenant, beyond the shared base", { Units.bytes($0.memoryPerTenant) }),
            ("time to create a tenant, to its first answer", { Units.seconds($0.create) }),
            ("`GET /polls/` a second, all tenants alike", { rate($0.uniform) }),
            ("`GET /polls/` a second, a few busy tenants", { rate($0.skewed) }),
            ("time to migrate all", { Units.seconds($0.migrateSeconds ?? .nan) }),
            ("disk a tenant", { Units.bytes($0.diskPerTenant) }),
            (
                "processes, connections in all",
                { "\(Units.count($0.full.processes)), \(Units.count($0.full.connections))" }
            ),
            ("one tenant's database killed: failed at others", { killed($0.killed) }),
            ("one tenant overloaded: p99 at others", { overloaded($0.overloaded) }),
        ]
        let head =
            "| \(Units.tenants(count)) | " + points.map { "`\($0.level.rawValue)`" }.joined(separator: " | ") + " |"
        let rule = "|---|" + points.map { _ in "---|" }.joined()
        let lines = rows.map { name, value in "| \(name) | " + points.map(value).joined(separator: " | ") + " |" }
        return ([head, rule] + lines).joined(separator: "\n") + "\n\n" + targets(comparison)
    }

    private static func targets(_ comparison: Comparison) -> String {
        let figures = Targets.judge(comparison)
        guard !figures.isEmpty else { return "" }
        let lines = figures.map { figure in
            "| \(figure.name) | \(figure.value) | \(figure.target)\(verdict(figure)) |"
        }
        return (["| figure | measured | aim |", "|---|---|---|"] + lines).joined(separator: "\n") + "\n"
    }

    private static func verdict(_ figure: Figure) -> String {
        switch figure.holds {
        case true?: ""
        case false?: ": missed"
        case nil: ": not measured"
        }
    }

    private static func rate(_ traffic: Traffic) -> String {
        "\(Units.count(traffic.requestsPerSecond)), p50 \(Units.milliseconds(traffic.p50)), p99 \(Units.milliseconds(traffic.p99))"
    }

    private static func killed(_ killed: KilledDatabase?) -> String {
        guard let others = killed?.others else { return "–" }
        let failed = "\(Units.count(others.failed)) of \(Units.count(others.asked))"
        return others.failed > 0
            ? "\(failed), for \(Units.seconds(others.lastFailure))"
            : "\(failed), slowest \(Units.milliseconds(others.slowest))"
    }

    private static func overloaded(_ overloaded: OverloadedTenant?) -> String {
        guard let overloaded else { return "–" }
        return "\(Units.milliseconds(overloaded.p99)), quiet \(Units.milliseconds(overloaded.quietP99))"
    }
}
