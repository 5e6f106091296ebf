/// One measured value of the levels, over the number of tenants: a chart and a table of the report.
struct Metric: Sendable {
    /// The chart's id.
    let id: String
    let title: String
    /// What it is and which way is better, in a sentence or two.
    let note: String
    let scale: Axis.Scale
    let value: @Sendable (LevelPoint) -> Double
    /// Another value of the same kind: a dashed line, and rows of their own in the table.
    var companion: (@Sendable (LevelPoint) -> Double)?
    /// What the two are called in the table.
    var names: (value: String, companion: String) = ("", "")
    let unit: @Sendable (Double) -> String

    static let all: [Metric] = [
        Metric(
            id: "memory",
            title: "Memory a tenant",
            note: "Beyond the shared base, all processes, each asked a few times before. Logarithmic; less is better.",
            scale: .bytes,
            value: \.memoryPerTenant,
            unit: { Units.bytes($0) }
        ),
        Metric(
            id: "create",
            title: "Time to create a tenant",
            note:
                "From the start of polls-admin to the first answer through nginx, the median. Logarithmic; less is better.",
            scale: .logarithmic,
            value: \.create,
            unit: { Units.seconds($0) }
        ),
        Metric(
            id: "uniform",
            title: "Requests a second, all tenants alike",
            note: "wrk with 32 connections through nginx: GET /polls/ with 20 questions. More is better.",
            scale: .linear,
            value: \.uniform.requestsPerSecond,
            unit: { Units.count($0) }
        ),
        Metric(
            id: "uniform-p99",
            title: "Time to an answer, all tenants alike",
            note: "Of the same requests: the 99th percentile, and dashed the median. Logarithmic; less is better.",
            scale: .logarithmic,
            value: \.uniform.p99,
            companion: \.uniform.p50,
            names: ("p99", "p50"),
            unit: { Units.milliseconds($0) }
        ),
        Metric(
            id: "skewed",
            title: "Requests a second, a few busy tenants",
            note: "The same, where the nth tenant is asked 1/n¹·¹ times as often as the first. More is better.",
            scale: .linear,
            value: \.skewed.requestsPerSecond,
            unit: { Units.count($0) }
        ),
        Metric(
            id: "skewed-p99",
            title: "Time to an answer, a few busy tenants",
            note: "Of the same requests: the 99th percentile, and dashed the median. Logarithmic; less is better.",
            scale: .logarithmic,
            value: \.skewed.p99,
            companion: \.skewed.p50,
            names: ("p99", "p50"),
            unit: { Units.milliseconds($0) }
        ),
        Metric(
            id: "migrate",
            title: "Time to migrate all tenants",
            note: "polls-admin migrate, with every tenant one migration behind. Logarithmic; less is better.",
            scale: .logarithmic,
            value: { $0.migrateSeconds ?? .nan },
            unit: { Units.seconds($0) }
        ),
        Metric(
            id: "disk",
            title: "Disk a tenant",
            note: "Beyond the shared base. A PostgreSQL of its own brings its own log. Logarithmic; less is better.",
            scale: .bytes,
            value: \.diskPerTenant,
            unit: { Units.bytes($0) }
        ),
        Metric(
            id: "processes",
            title: "Processes in all",
            note: "Of the whole deployment, with nginx, the servers and every PostgreSQL. Less is better.",
            scale: .linear,
            value: { Double($0.full.processes) },
            unit: { Units.count($0) }
        ),
        Metric(
            id: "connections",
            title: "Connections to PostgreSQL in all",
            note: "Of all its PostgreSQL servers together. Less is better.",
            scale: .linear,
            value: { Double($0.full.connections) },
            unit: { Units.count($0) }
        ),
    ]
}
