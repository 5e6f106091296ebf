/// The figures that the comparison has to reach, and whether it did.
enum Targets {
    /// Those that the comparison has what it takes to judge.
    static func judge(_ comparison: Comparison) -> [Figure] {
        levels(comparison) + byHand(comparison) + front(comparison) + moves(comparison)
    }

    private static func levels(_ comparison: Comparison) -> [Figure] {
        guard let count = comparison.sharedCount(), let schema = comparison.point(.schema, tenants: count),
            let container = comparison.point(.container, tenants: count)
        else { return [] }
        // What cannot be told from nothing counts as a page.
        let memory = container.memoryPerTenant / max(schema.memoryPerTenant, 4096)
        let create = container.create / schema.create
        return [
            Figure(
                name: "memory a tenant, container over schema, \(count) tenants",
                value: "\(memory.text(1))×",
                target: "at least 50×",
                holds: memory >= 50
            ),
            Figure(
                name: "time to create, container over schema, \(count) tenants",
                value: "\(create.text(1))×",
                target: "at least 10×",
                holds: create >= 10
            ),
        ]
    }

    private static func byHand(_ comparison: Comparison) -> [Figure] {
        guard let byHand = comparison.byHand,
            let container = comparison.point(.container, tenants: byHand.tenants)
        else { return [] }
        let memory = container.memoryPerTenant / byHand.memoryPerTenant
        let create = container.create / byHand.create
        return [
            Figure(
                name: "memory a tenant, container over by hand, \(byHand.tenants) tenants",
                value: "\(memory.text())×",
                target: "at most 1.3×",
                holds: memory <= 1.3
            ),
            Figure(
                name: "time to create, container over by hand, \(byHand.tenants) tenants",
                value: "\(create.text())×",
                target: "at most 1.3×",
                holds: create <= 1.3
            ),
        ]
    }

    private static func front(_ comparison: Comparison) -> [Figure] {
        guard let front = comparison.front else { return [] }
        return [("20 questions", front.questions), ("an empty list", front.emptyList)].map { name, traffic in
            let ratio = traffic.requestsPerSecond / front.emptyHandler.requestsPerSecond
            return Figure(
                name: "nginx and the shared server, \(name), over nginx and an empty handler",
                value: "\(ratio.text())×",
                target: "at least 0.8×",
                holds: ratio >= 0.8
            )
        }
    }

    private static func moves(_ comparison: Comparison) -> [Figure] {
        comparison.moves.flatMap { move in
            let name = "move from \(move.from.rawValue) to \(move.to.rawValue)"
            return [
                Figure(
                    name: "\(name): pause for writers, \(Units.count(move.votes)) votes",
                    value: "\(move.pause.text(0)) ms",
                    target: "at most 300 ms",
                    holds: move.pause <= 300
                ),
                Figure(
                    name: "\(name): votes lost or doubled, of \(Units.count(move.acknowledged))",
                    value: "\(move.lost + move.doubled)",
                    target: "none",
                    holds: move.lost + move.doubled == 0
                ),
            ]
        }
    }
}
