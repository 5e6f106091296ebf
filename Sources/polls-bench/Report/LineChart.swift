import Markup

/// A chart of a value over the number of tenants, a line for each level, as SVG with its title and description.
struct LineChart: Sendable {
    struct Line: Sendable {
        let level: Level
        /// Number of tenants, and the value.
        let points: [(tenants: Int, value: Double)]
        /// Drawn dashed, without marks and name.
        var companion: [(tenants: Int, value: Double)] = []
    }

    /// Unique in the page.
    let id: String
    let title: String
    let lines: [Line]
    let scale: Axis.Scale
    let unit: @Sendable (Double) -> String

    private let width = 520.0
    private let height = 280.0
    private let left = 66.0
    private let right = 84.0
    private let top = 14.0
    private let bottom = 44.0

    init(id: String, title: String, lines: [Line], scale: Axis.Scale, unit: @escaping @Sendable (Double) -> String) {
        self.id = id
        self.title = title
        self.lines = lines.map { line in
            Line(
                level: line.level,
                points: line.points.filter { $0.value.isFinite },
                companion: line.companion.filter { $0.value.isFinite }
            )
        }.filter { !$0.points.isEmpty }
        self.scale = scale
        self.unit = unit
    }

    var html: HTML {
        let values = lines.flatMap { ($0.points + $0.companion).map(\.value) }
        let across = Axis(marking: Set(lines.flatMap { $0.points.map { Double($0.tenants) } }).sorted())
        let up = Axis(values, scale: scale)
        return """
            <svg viewBox="0 0 \(at: width) \(at: height)" role="img" aria-labelledby="\(id)-t \(id)-d">
            <title id="\(id)-t">\(title)</title>
            <desc id="\(id)-d">\(description)</desc>
            \(grid(across, up))
            \(lines.map { draw($0, across, up) })
            \(labels(across, up))
            </svg>
            """
    }

    /// The chart in words, for those who do not see it.
    private var description: String {
        lines.map { line in
            let ends = [line.points.first, line.points.count > 1 ? line.points.last : nil].compactMap(\.self)
            return line.level.rawValue + ": "
                + ends.map { "\(unit($0.value)) at \(Units.tenants($0.tenants))" }
                .joined(separator: ", ")
        }.joined(separator: "; ") + ". The table has every value."
    }

    private func x(_ tenants: Int, _ axis: Axis) -> Double {
        axis.ticks.count == 1
            ? (left + width - right) / 2
            : left + 8 + axis.position(of: Double(tenants)) * (width - left - right - 16)
    }

    private func y(_ value: Double, _ axis: Axis) -> Double {
        height - bottom - axis.position(of: value) * (height - top - bottom)
    }

    private func grid(_ across: Axis, _ up: Axis) -> HTML {
        let rows = up.ticks.map { tick -> HTML in
            """
            <line class="grid" x1="\(at: left)" x2="\(at: width - right)" y1="\(at: y(tick, up))" y2="\(at: y(tick, up))"/>
            <text class="tick" x="\(at: left - 8)" y="\(at: y(tick, up) + 4)" text-anchor="end">\(mark(tick))</text>
            """
        }
        let columns = across.ticks.map { tick -> HTML in
            """
            <text class="tick" x="\(at: x(Int(tick), across))" y="\(at: height - bottom + 18)" \
            text-anchor="middle">\(Units.count(tick))</text>
            """
        }
        return """
            \(rows)\(columns)
            <text class="name" x="\(at: (left + width - right) / 2)" y="\(at: height - 6)" text-anchor="middle">tenants</text>
            """
    }

    /// A mark's value: marks are round.
    private func mark(_ tick: Double) -> String { unit(tick).replacing(".0 ", with: " ") }

    private func draw(_ line: Line, _ across: Axis, _ up: Axis) -> HTML {
        let place = { (point: (tenants: Int, value: Double)) in (x: x(point.tenants, across), y: y(point.value, up)) }
        let points = line.points.map(place)
        return """
            <g class="\(line.level.rawValue)">\(polyline(line.companion.map(place), kind: "line dashed"))\
            \(polyline(points, kind: "line"))\
            \(points.map { Marker(level: line.level, x: $0.x, y: $0.y).html })</g>
            """
    }

    private func polyline(_ points: [(x: Double, y: Double)], kind: String) -> HTML? {
        guard !points.isEmpty else { return nil }
        let path = points.map { "\($0.x.text(1)),\($0.y.text(1))" }.joined(separator: " ")
        return "<polyline class=\"\(kind)\" points=\"\(path)\"/>"
    }

    /// Each line's name at its end, moved apart where they would touch.
    private func labels(_ across: Axis, _ up: Axis) -> HTML {
        var ends = lines.compactMap { line in
            line.points.last.map { (level: line.level, x: x($0.tenants, across), y: y($0.value, up)) }
        }.sorted { $0.y < $1.y }
        for index in ends.indices.dropFirst() { ends[index].y = max(ends[index].y, ends[index - 1].y + 15) }
        let over = (ends.last?.y ?? 0) - (height - bottom)
        if over > 0 { for index in ends.indices { ends[index].y -= over } }
        return HTML(
            unsafeRaw: ends.map { end in
                let label: HTML = """
                    <text class="label \(end.level.rawValue)" x="\(at: end.x + 11)" y="\(at: end.y + 4)">\(end.level.rawValue)</text>
                    """
                return label.text
            }.joined()
        )
    }
}
