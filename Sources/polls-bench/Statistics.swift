/// The median: of an even number, the mean of the middle two.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}

/// The value that so large a part of the values does not exceed (nearest rank), from 0 to 1.
func quantile(_ part: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let rank = Int((part * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
}

extension Double {
    /// With so many digits after the point.
    func text(_ digits: Int = 2) -> String {
        guard isFinite else { return "–" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (self * scale).rounded()
        let whole = Int(scaled / scale)
        guard digits > 0 else { return "\(whole)" }
        let fraction = String(Int(abs(scaled)) % Int(scale))
        return "\(scaled < 0 && whole == 0 ? "-" : "")\(whole)."
            + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}

/// A figure beside the target it should reach.
struct Figure: Equatable {
    let name: String
    let value: String
    let target: String
    let holds: Bool?

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
