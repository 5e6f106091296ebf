import Markup

/// A metric's chart with its table beside it.
struct MetricFigure {
    let metric: Metric
    let comparison: Comparison

    var html: HTML {
        """
        <figure>
        <figcaption><h3>\(metric.title)</h3><p>\(metric.note)</p></figcaption>
        \(chart.html)
        <div class="scroll"><table>
        <thead><tr><th scope="col">tenants</th>\(comparison.counts.map { "<th scope=\"col\" class=\"number\">\(Units.count($0))</th>" as HTML })</tr></thead>
        <tbody>\(comparison.levels.map(rows))</tbody>
        </table></div>
        </figure>
        """
    }

    private var chart: LineChart {
        LineChart(
            id: metric.id,
            title: metric.title,
            lines: comparison.levels.map { level in
                let points = comparison.points(of: level)
                return .init(
                    level: level,
                    points: points.map { ($0.tenants, metric.value($0)) },
                    companion: metric.companion.map { value in points.map { ($0.tenants, value($0)) } } ?? []
                )
            },
            scale: metric.scale,
            unit: metric.unit
        )
    }

    private func rows(_ level: Level) -> HTML {
        guard let companion = metric.companion else { return row(level, "", metric.value) }
        return row(level, metric.names.companion, companion) + row(level, metric.names.value, metric.value)
    }

    private func row(_ level: Level, _ name: String, _ read: @Sendable (LevelPoint) -> Double) -> HTML {
        let cells = comparison.counts.map { count -> HTML in
            let value = comparison.point(level, tenants: count).map(read) ?? .nan
            return "<td class=\"number\">\(metric.unit(value))</td>"
        }
        let kind: HTML? = name.isEmpty ? nil : " <span>\(name)</span>"
        return "<tr><th scope=\"row\" class=\"\(level.rawValue)\">\(level.rawValue)\(kind)</th>\(cells)</tr>"
    }
}
