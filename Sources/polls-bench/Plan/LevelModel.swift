/// What tenants of one level take, at any number of them, by what was measured.
struct LevelModel: Sendable {
    let level: Level
    /// Bytes, of the whole deployment.
    let memory: Trend
    let disk: Trend
    let processes: Trend
    /// Of all PostgreSQL servers together.
    let connections: Trend
    /// Seconds for one tenant.
    let create: Double
    /// Seconds for all. `nil`: not measured.
    let migrate: Trend?
    /// The base alone.
    let base: Footprint
    private let rates: [(tenants: Int, rate: Double)]

    /// - Returns: `nil` when the level was not measured.
    ///
    /// - Parameter serverConnections: the bound of the shared server's connections to tenants' own databases.
    init?(_ level: Level, in comparison: Comparison, serverConnections: Int) {
        let points = comparison.points(of: level)
        guard let first = points.first else { return nil }
        func trend(_ path: KeyPath<Footprint, Int>, ceiling: Double = .infinity) -> Trend? {
            Trend(
                points.map { (0, Double($0.base[keyPath: path])) }
                    + points.map { ($0.tenants, Double($0.full[keyPath: path])) },
                ceiling: ceiling
            )
        }
        /// A database adds connections, and PostgreSQL's processes for them, up to the bound.
        func bounded(_ path: KeyPath<Footprint, Int>) -> Trend? {
            let bound = Double(first.base[keyPath: path] + serverConnections)
            return trend(path, ceiling: level == .database ? bound : .infinity)
        }
        guard let memory = trend(\.memory), let disk = trend(\.disk), let processes = bounded(\.processes),
            let connections = bounded(\.connections)
        else { return nil }
        self.level = level
        self.memory = memory
        self.disk = disk
        self.processes = processes
        self.connections = connections
        create = median(points.map(\.create))
        migrate = Trend([(0, 0)] + points.compactMap { point in point.migrateSeconds.map { (point.tenants, $0) } })
        base = first.base
        // The slower of the two kinds of traffic.
        rates = points.map {
            ($0.tenants, min($0.uniform.requestsPerSecond, $0.skewed.requestsPerSecond))
        }.filter { $0.rate.isFinite }
    }

    var measuredUpTo: Int { memory.measuredUpTo }

    /// Requests a second that the machine of the comparison served with so many tenants: between measurements
    /// interpolated, and beyond the last as at the last.
    func rate(at tenants: Int) -> Double {
        guard let last = rates.last, let upper = rates.firstIndex(where: { $0.tenants >= tenants }) else {
            return rates.last?.rate ?? .nan
        }
        guard upper > 0, tenants < last.tenants else { return rates[upper].rate }
        let (below, above) = (rates[upper - 1], rates[upper])
        let part = Double(tenants - below.tenants) / Double(above.tenants - below.tenants)
        return below.rate + part * (above.rate - below.rate)
    }
}
