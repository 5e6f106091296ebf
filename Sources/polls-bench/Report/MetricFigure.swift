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
        <tbody>\(comparison.levels.map(row))</tbody>
        </table></div>
        </figure>
        """
    }

    private var chart: LineChart {
        LineChart(
            id: metric.id,
            title: metric.title,
            lines: comparison.levels.map { level in
                .init(level: level, points: comparison.points(of: level).map { ($0.tenants, metric.value($0)) })
            },
            scale: metric.scale,
            unit: metric.unit
        )
    }

    private func row(_ level: Level) -> HTML {
        let cells = comparison.counts.map { count -> HTML in
            let value = comparison.point(level, tenants: count).map { metric.value($0) } ?? .nan
            return "<td class=\"number\">\(metric.unit(value))</td>"
        }
        return "<tr><th scope=\"row\" class=\"\(level.rawValue)\">\(level.rawValue)</th>\(cells)</tr>"
    }
}
