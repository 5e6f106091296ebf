/// A figure beside the target it should reach.
struct Figure: Equatable {
    let name: String
    let value: String
    var target = ""
    /// `nil`: there is no target, or it was not measured.
    var holds: Bool?

    static func table(_ figures: [Figure]) -> String {
        let width = figures.map(\.name.count).max() ?? 0
        let valueWidth = figures.map(\.value.count).max() ?? 0
        return figures.map { figure in
            let verdict = figure.holds.map { $0 ? "holds" : "MISSED" } ?? (figure.target.isEmpty ? "" : "not measured")
            return "  " + figure.name.padded(to: width) + "  " + figure.value.padded(to: valueWidth) + "  "
                + figure.target + (verdict.isEmpty ? "" : "  " + verdict)
        }.joined(separator: "\n")
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
