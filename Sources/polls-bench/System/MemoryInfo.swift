/// What /proc/meminfo says (proc(5)), in bytes.
struct MemoryInfo: Equatable {
    let total: Int
    /// What could be had without swapping.
    let available: Int

    init(_ text: String) {
        func bytes(_ label: String) -> Int {
            for line in text.split(separator: "\n") where line.hasPrefix(label + ":") {
                return (Int(line.filter(\.isNumber)) ?? 0) << 10
            }
            return 0
        }
        total = bytes("MemTotal")
        available = bytes("MemAvailable")
    }
}
