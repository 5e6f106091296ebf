#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Where values stand on a line of a chart, and which of them are marked.
struct Axis: Equatable, Sendable {
    enum Scale: Sendable {
        /// From nothing.
        case linear
        /// Of values above nothing; others stand at the lower end. Marked at powers of ten.
        case logarithmic
        /// The same for bytes: marked at 1, 10 and 100 of each unit.
        case bytes
    }

    let scale: Scale
    let lower: Double
    let upper: Double
    let ticks: [Double]

    /// An axis that holds all the values.
    init(_ values: [Double], scale: Scale) {
        self.scale = scale
        let values = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
        switch scale {
        case .linear:
            let most = max(values.max() ?? 1, .leastNormalMagnitude)
            let step = Self.step(most / 4)
            let count = Int((most / step).rounded(.up))
            ticks = (0...max(count, 1)).map { Double($0) * step }
            lower = 0
            upper = ticks.last ?? 1
        case .logarithmic:
            let first = Int(log10(values.min() ?? 1).rounded(.down))
            let last = max(Int(log10(values.max() ?? 10).rounded(.up)), first + 1)
            ticks = (first...last).map { pow(10, Double($0)) }
            lower = pow(10, Double(first))
            upper = pow(10, Double(last))
        case .bytes:
            let marks = [0, 10, 20, 30, 40].flatMap { power in [1, 10, 100].map { $0 * pow(2, Double(power)) } }
            let first = marks.lastIndex { $0 <= values.min() ?? 1 } ?? 0
            let last = marks.firstIndex { $0 >= values.max() ?? 1 } ?? marks.count - 1
            ticks = Array(marks[first...max(first + 1, last)])
            lower = marks[first]
            upper = ticks.last ?? lower * 10
        }
    }

    /// An axis whose marks are the values themselves, each where its logarithm is.
    init(marking values: [Double]) {
        let values = values.filter { $0 > 0 }.sorted()
        scale = .logarithmic
        ticks = values
        lower = values.first ?? 1
        upper = max(values.last ?? 10, lower * 1.01)
    }

    /// From 0 at the lower end to 1 at the upper.
    func position(of value: Double) -> Double {
        switch scale {
        case .linear: return (value - lower) / (upper - lower)
        case .logarithmic, .bytes:
            guard value > lower else { return 0 }
            return log(value / lower) / log(upper / lower)
        }
    }

    /// 1, 2, 2.5 or 5 times a power of ten, no less than the value.
    private static func step(_ value: Double) -> Double {
        let power = pow(10, log10(value).rounded(.down))
        let steps = [1, 2, 2.5, 5, 10].map { $0 * power }
        return steps.first { $0 >= value * 0.999_999 } ?? power * 10
    }
}
