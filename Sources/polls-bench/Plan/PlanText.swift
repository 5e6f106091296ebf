/// A plan as an operator reads it.
struct PlanText {
    let plan: Plan

    var text: String {
        let question = plan.question
        let asked =
            "\(Units.tenants(question.tenants)), \(Units.count(question.requestsPerSecond)) requests a second, "
            + "\(Units.bytes(Double(question.memory))) of memory, of which "
            + "\(Units.bytes(question.usableMemory)) are for the deployment\n"
        let parts = [asked, verdict] + plan.levels.map(level) + [cautions]
        return parts.joined(separator: "\n")
    }

    private var verdict: String {
        guard let recommended = plan.recommended else {
            return "Nothing fits: see what ends first, below, and take more memory or more machines.\n"
        }
        var lines = ["The most isolated level that holds them all: \(recommended.rawValue)."]
        if let cheapest = plan.levels.first(where: \.fits)?.level, cheapest != recommended {
            lines.append("The cheapest: \(cheapest.rawValue).")
        }
        lines += plan.mixes.map { mix in
            "Or \(mix.of.rawValue) for most of them, and \(mix.level.rawValue) for "
                + "\(Units.count(mix.tenants)), in the memory that is left."
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func level(_ answer: Plan.LevelAnswer) -> String {
        let rows = [
            ("memory", Units.bytes(answer.memory)),
            ("disk", Units.bytes(answer.disk)),
            ("processes", Units.count(answer.processes)),
            ("connections", Units.count(answer.connections)),
            ("to create all", Units.seconds(answer.createSeconds)),
            ("to migrate all", answer.migrateSeconds.map { Units.seconds($0) } ?? "not measured"),
            ("serves", "\(Units.count(answer.servedPerSecond)) requests a second"),
            ("breaks", breaks(answer)),
        ]
        let title = answer.level.rawValue + ": " + (answer.fits ? "fits" : answer.obstacles.joined(separator: "; "))
        return title + "\n" + rows.map { "  " + $0.padded(to: 15) + $1 }.joined(separator: "\n") + "\n"
    }

    private func breaks(_ answer: Plan.LevelAnswer) -> String {
        answer.limits.map { limit in
            "\(limit.what) " + (limit.tenants.map { "after \(Units.tenants($0))" } ?? "never")
        }.joined(separator: ", ")
    }

    private var cautions: String { plan.cautions.map { "note: " + $0 }.joined(separator: "\n") }
}
