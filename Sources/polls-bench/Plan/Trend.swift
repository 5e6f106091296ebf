/// A quantity that was measured at some numbers of tenants, at any number of them.
///
/// Between measurements it is interpolated. Beyond the last it goes on in a straight line, the least squares of the upper
/// half of the measurements, and never falls: what costs something for fifty tenants does not cost less for a thousand.
/// Where the upper half shows no growth, by noise or because it is small, all measurements are taken.
struct Trend: Equatable, Sendable {
    /// By rising number of tenants; none twice.
    private let points: [(tenants: Double, value: Double)]
    private let slope: Double
    /// What it never exceeds.
    private let ceiling: Double

    /// - Returns: `nil` without a measurement.
    init?(_ measured: [(tenants: Int, value: Double)], ceiling: Double = .infinity) {
        let points = Dictionary(grouping: measured.filter { $0.value.isFinite }, by: \.tenants)
            .map { (tenants: Double($0), value: median($1.map(\.value))) }
            .sorted { $0.tenants < $1.tenants }
        guard !points.isEmpty else { return nil }
        self.points = points
        self.ceiling = max(ceiling, points.last?.value ?? 0)
        let upper = Self.slope(points.suffix(max(2, (points.count + 1) / 2)))
        slope = upper > 0 ? upper : max(0, Self.slope(points[...]))
    }

    static func == (left: Trend, right: Trend) -> Bool {
        left.points.elementsEqual(right.points) { $0 == $1 }
    }

    /// The largest number of tenants that was measured.
    var measuredUpTo: Int { Int(points.last?.tenants ?? 0) }

    func value(at tenants: Int) -> Double {
        let tenants = Double(tenants)
        guard let first = points.first, let last = points.last else { return .nan }
        if tenants >= last.tenants { return min(last.value + (tenants - last.tenants) * slope, ceiling) }
        guard tenants > first.tenants, let upper = points.firstIndex(where: { $0.tenants >= tenants }) else {
            return first.value
        }
        let (below, above) = (points[upper - 1], points[upper])
        let part = (tenants - below.tenants) / (above.tenants - below.tenants)
        return below.value + part * (above.value - below.value)
    }

    /// The largest number of tenants whose value is within the limit. `nil`: no number that anybody has exceeds it.
    func tenants(within limit: Double) -> Int? {
        var (fits, exceeds) = (0, 1)
        guard value(at: 0) <= limit else { return 0 }
        while value(at: exceeds) <= limit {
            (fits, exceeds) = (exceeds, exceeds * 2)
            if exceeds > 1 << 32 { return nil }
        }
        while exceeds - fits > 1 {
            let middle = (fits + exceeds) / 2
            if value(at: middle) <= limit { fits = middle } else { exceeds = middle }
        }
        return fits
    }

    private static func slope(_ points: ArraySlice<(tenants: Double, value: Double)>) -> Double {
        let count = Double(points.count)
        guard count > 1 else { return 0 }
        let meanTenants = points.map(\.tenants).reduce(0, +) / count
        let meanValue = points.map(\.value).reduce(0, +) / count
        var (above, below) = (0.0, 0.0)
        for point in points {
            above += (point.tenants - meanTenants) * (point.value - meanValue)
            below += (point.tenants - meanTenants) * (point.tenants - meanTenants)
        }
        return below > 0 ? above / below : 0
    }
}
