import Markup

/// What a tenant's misfortune does to the others.
struct BlastSection {
    let comparison: Comparison

    var html: HTML? {
        // The most tenants with which the most levels were measured.
        guard let count = comparison.counts.max(by: { points($0).count <= points($1).count }), !points(count).isEmpty
        else { return nil }
        return """
            <section>
            <h2>What a neighbour notices</h2>
            <div class="charts">\(killed(points(count), count))\(overloaded(points(count), count))</div>
            </section>
            """
    }

    /// The levels that were measured with so many tenants, others among them.
    private func points(_ count: Int) -> [LevelPoint] {
        comparison.levels.compactMap { comparison.point($0, tenants: count) }
            .filter { $0.killed != nil || $0.overloaded != nil }
    }

    private func killed(_ points: [LevelPoint], _ count: Int) -> HTML {
        let measured = points.compactMap { point in point.killed.map { (point.level, $0) } }
        let chart = BarChart(
            id: "killed",
            title: "How long other tenants notice",
            bars: measured.map { level, killed in
                .init(
                    label: level.rawValue,
                    kind: level.rawValue,
                    value: killed.others.noticed,
                    text: Units.seconds(killed.others.noticed)
                        + (killed.others.failed > 0 ? ", \(Units.count(killed.others.failed)) failed" : ", none failed")
                )
            }
        )
        let rows = measured.flatMap { level, killed in
            [("others", killed.others), ("itself", killed.own)].map { who, after -> HTML in
                """
                <tr><th scope="row" class="\(level.rawValue)">\(level.rawValue)</th><td>\(who)</td>\
                <td class="number">\(Units.count(after.asked))</td><td class="number">\(Units.count(after.failed))</td>\
                <td class="number">\(after.failed == 0 ? "–" : Units.seconds(after.lastFailure))</td>\
                <td class="number">\(Units.milliseconds(after.slowest))</td></tr>
                """
            }
        }
        return """
            <figure>
            <figcaption><h3>One tenant’s database dies: how long others notice</h3><p>kill -9 of a process of its PostgreSQL, \
            which then ends all sessions and recovers. \(count) tenants are asked at a low steady rate. A read whose connection was \
            lost is sent again once. The time until the last failure, or else that of the slowest answer.</p></figcaption>
            \(chart.html)
            <div class="scroll"><table><thead><tr><th scope="col">level</th><th scope="col">at</th>\
            <th scope="col" class="number">asked</th><th scope="col" class="number">failed</th>\
            <th scope="col" class="number">last failure after</th><th scope="col" class="number">slowest</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div>
            </figure>
            """
    }

    private func overloaded(_ points: [LevelPoint], _ count: Int) -> HTML {
        let measured = points.compactMap { point in point.overloaded.map { (point.level, $0) } }
        let chart = BarChart(
            id: "overloaded",
            title: "99th percentile at other tenants",
            bars: measured.flatMap { level, overloaded in
                [
                    BarChart.Bar(
                        label: "\(level.rawValue), quiet",
                        kind: level.rawValue + " quiet",
                        value: overloaded.quietP99,
                        text: Units.milliseconds(overloaded.quietP99)
                    ),
                    BarChart.Bar(
                        label: "loaded",
                        kind: level.rawValue,
                        value: overloaded.p99,
                        text: "\(Units.milliseconds(overloaded.p99)), \(Units.short(overloaded.ratio))×"
                    ),
                ]
            },
            labelWidth: 124
        )
        let rows = measured.map { level, overloaded -> HTML in
            """
            <tr><th scope="row" class="\(level.rawValue)">\(level.rawValue)</th><td class="number">\(Units.milliseconds(overloaded.quietP99))</td>\
            <td class="number">\(Units.milliseconds(overloaded.p99))</td><td class="number">\(Units.count(overloaded.asked))</td>\
            <td class="number">\(Units.count(overloaded.failed))</td></tr>
            """
        }
        return """
            <figure>
            <figcaption><h3>One tenant is overloaded: 99th percentile at others</h3><p>wrk with 64 connections asks one of \(count) tenants; this is what the others’ \
            99th percentile does. All share the processors of this machine.</p></figcaption>
            \(chart.html)
            <div class="scroll"><table><thead><tr><th scope="col">level</th><th scope="col" class="number">quiet p99</th>\
            <th scope="col" class="number">loaded p99</th><th scope="col" class="number">asked</th>\
            <th scope="col" class="number">failed</th></tr></thead><tbody>\(rows)</tbody></table></div>
            </figure>
            """
    }
}
