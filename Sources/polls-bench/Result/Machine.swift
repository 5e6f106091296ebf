import FoundationEssentials

/// The machine that a comparison ran on.
struct Machine: Codable, Equatable, Sendable {
    var processor: String
    var cores: Int
    /// Bytes.
    var memory: Int
    var kernel: String
    var postgres: String
    var nginx: String
    var wrk: String

    /// Reads this machine's from /proc, and asks the programs for their versions.
    static func here(nginx: String) async -> Machine {
        let processors = (read("/proc/cpuinfo") ?? "").split(separator: "\n")
        let model = processors.first { $0.hasPrefix("model name") || $0.hasPrefix("Hardware") }
        return Machine(
            processor: model?.split(separator: ":", maxSplits: 1).last.map { $0.trimmed } ?? "unknown",
            cores: ProcessInfo.processInfo.activeProcessorCount,
            memory: MemoryInfo(read("/proc/meminfo") ?? "").total,
            kernel: (read("/proc/sys/kernel/osrelease") ?? "unknown").trimmed,
            postgres: await version("postgres", ["--version"]),
            nginx: await version(nginx, ["-v"]),
            wrk: await version("wrk", ["-v"])
        )
    }

    private static func read(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    /// The first number in what a program says of itself, on whichever stream and whatever it exits with.
    private static func version(_ program: String, _ arguments: [String]) async -> String {
        guard let said = try? await Command(program, arguments).outcome().all else { return "unknown" }
        return said.split { $0.isWhitespace || "/:(),[]".contains($0) }
            .first { $0.first?.isNumber == true && $0.contains(".") }.map(String.init) ?? "unknown"
    }
}

extension StringProtocol {
    /// Without blanks at its ends.
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
