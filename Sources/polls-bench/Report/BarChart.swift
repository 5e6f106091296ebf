import Markup

/// A bar for each of a few values, with its label before it and its figure behind it, as SVG.
struct BarChart: Sendable {
    struct Bar: Sendable {
        let label: String
        /// The class that colours it.
        let kind: String
        let value: Double
        let text: String
    }

    /// Unique in the page.
    let id: String
    let title: String
    let bars: [Bar]
    /// Width of the labels' column.
    var labelWidth = 96.0

    var html: HTML {
        let (width, row) = (520.0, 34.0)
        let height = row * Double(bars.count) + 4
        let most = max(bars.map(\.value).filter(\.isFinite).max() ?? 0, .leastNormalMagnitude)
        let room = width - labelWidth - 130
        let words = bars.map { "\($0.label): \($0.text)" }.joined(separator: "; ")
        let rows = bars.enumerated().map { index, bar -> HTML in
            let y = Double(index) * row + 6
            let length = max(2, bar.value.isFinite ? bar.value / most * room : 0)
            return """
                <text class="bar-label" x="\(at: labelWidth - 10)" y="\(at: y + 15)" text-anchor="end">\(bar.label)</text>
                <rect class="bar \(bar.kind)" x="\(at: labelWidth)" y="\(at: y)" width="\(at: length)" height="22" rx="3"/>
                <text class="bar-value" x="\(at: labelWidth + length + 8)" y="\(at: y + 15)">\(bar.text)</text>
                """
        }
        return """
            <svg viewBox="0 0 \(at: width) \(at: height)" role="img" aria-labelledby="\(id)-t \(id)-d">
            <title id="\(id)-t">\(title)</title>
            <desc id="\(id)-d">\(words)</desc>
            \(rows)
            </svg>
            """
    }
}
