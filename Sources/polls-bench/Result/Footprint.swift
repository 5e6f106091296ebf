/// What a deployment takes up.
struct Footprint: Codable, Equatable, Sendable {
    /// Bytes: the sum of the proportional set sizes of all its processes (`Pss` in /proc/PID/smaps_rollup).
    var memory: Int
    /// Bytes of blocks on disk.
    var disk: Int
    var processes: Int
    /// Client connections of all its PostgreSQL servers.
    var connections: Int
}
