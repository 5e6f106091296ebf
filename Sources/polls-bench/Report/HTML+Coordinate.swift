import Markup

extension HTML.StringInterpolation {
    /// A coordinate: at most one digit after the point.
    mutating func appendInterpolation(at value: Double) {
        let short = value.text(1)
        appendLiteral(short.hasSuffix(".0") ? String(short.dropLast(2)) : short)
    }
}
