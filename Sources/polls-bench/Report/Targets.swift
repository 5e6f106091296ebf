/// The figures that the comparison has to reach, and whether it did.
enum Targets {
    /// Those that were asked for: judged where the comparison has what it takes, else without a value.
    static func judge(_ comparison: Comparison) -> [Figure] {
        levels(comparison) + byHand(comparison) + front(comparison) + moves(comparison)
    }

    /// The aims are for so many tenants, and moves of so many votes.
    static let tenants = 20
    static let votes = 100_000

    /// What the run was made with, where that is not what the aims are for.
    static func difference(_ comparison: Comparison) -> String? {
        var parts: [String] = []
        if let count = comparison.sharedCount(), count != tenants {
            parts.append(Units.tenants(count))
        }
        if let votes = comparison.moves.map(\.votes).min(), votes < Self.votes {
            parts.append("moves of \(Units.count(votes)) votes")
        }
        guard !parts.isEmpty else { return nil }
        return "The aims are for \(tenants) tenants, and for moves of \(Units.count(votes)) votes. This run had "
            + parts.joined(separator: ", and ") + "."
    }

    private static func levels(_ comparison: Comparison) -> [Figure] {
        guard comparison.run.levels.contains(.schema), comparison.run.levels.contains(.container) else { return [] }
        let count = comparison.sharedCount()
        let schema = count.flatMap { comparison.point(.schema, tenants: $0) }
        let container = count.flatMap { comparison.point(.container, tenants: $0) }
        // What cannot be told from nothing counts as a page.
        let memory = ratio(container?.memoryPerTenant, over: schema.map { max($0.memoryPerTenant, 4096) })
        let create = ratio(container?.create, over: schema?.create)
        let tenants = container == nil ? "" : ", " + Units.tenants(count ?? 0)
        return [
            figure("memory a tenant, container over schema" + tenants, memory, digits: 1, atLeast: 50),
            figure("time to create, container over schema" + tenants, create, digits: 1, atLeast: 10),
        ]
    }

    private static func byHand(_ comparison: Comparison) -> [Figure] {
        guard let tenants = comparison.run.byHandTenants, comparison.run.levels.contains(.container) else { return [] }
        let (byHand, container) = (comparison.byHand, comparison.point(.container, tenants: tenants))
        let memory = ratio(container?.memoryPerTenant, over: byHand?.memoryPerTenant)
        let create = ratio(container?.create, over: byHand?.create)
        return [
            figure("memory a tenant, container over by hand, \(Units.tenants(tenants))", memory, atMost: 1.3),
            figure("time to create, container over by hand, \(Units.tenants(tenants))", create, atMost: 1.3),
        ]
    }

    private static func front(_ comparison: Comparison) -> [Figure] {
        guard comparison.run.byHandTenants != nil else { return [] }
        let front = comparison.front
        return [("20 questions", front?.questions), ("an empty list", front?.emptyList)].map { name, traffic in
            figure(
                "nginx and the shared server, \(name), over nginx and an empty handler",
                ratio(traffic?.requestsPerSecond, over: front?.emptyHandler.requestsPerSecond),
                atLeast: 0.8
            )
        }
    }

    private static func moves(_ comparison: Comparison) -> [Figure] {
        guard comparison.run.byHandTenants != nil else { return [] }
        return ComparisonPart.moves(comparison.run.levels).flatMap { level in
            let move = comparison.moves.first { $0.to == level }
            let name = "move " + (move.map { "from \($0.from.rawValue) " } ?? "") + "to \(level.rawValue)"
            let wrong = move.map { $0.lost + $0.doubled }
            return [
                Figure(
                    name: name + ": pause for writers" + (move.map { ", \(Units.count($0.votes)) votes" } ?? ""),
                    value: move.map { "\(Units.count($0.pause)) ms" } ?? "–",
                    target: "at most 300 ms",
                    holds: move.map { $0.pause <= 300 }
                ),
                Figure(
                    name: name + ": votes lost or doubled"
                        + (move.map { ", of \(Units.count($0.acknowledged))" } ?? ""),
                    value: wrong.map { Units.count($0) } ?? "–",
                    target: "none",
                    holds: wrong.map { $0 == 0 }
                ),
            ]
        }
    }

    /// `nil`: one of them was not measured.
    private static func ratio(_ value: Double?, over reference: Double?) -> Double? {
        guard let value, let reference, (value / reference).isFinite else { return nil }
        return value / reference
    }

    private static func figure(
        _ name: String,
        _ ratio: Double?,
        digits: Int = 2,
        atLeast least: Double = 0,
        atMost most: Double = .infinity
    ) -> Figure {
        Figure(
            name: name,
            value: ratio.map { $0.text(digits) + "×" } ?? "–",
            target: most.isFinite ? "at most \(plain(most))×" : "at least \(plain(least))×",
            holds: ratio.map { $0 >= least && $0 <= most }
        )
    }

    /// `50`, `1.3`.
    private static func plain(_ value: Double) -> String { value == value.rounded() ? value.text(0) : value.text(1) }
}
