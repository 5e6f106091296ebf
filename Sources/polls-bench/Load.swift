import FoundationEssentials

/// Load from wrk, by a script that says what each request asks.
struct Load {
    struct Result {
        let requestsPerSecond: Double
        /// Milliseconds.
        let p50: Double
        let p99: Double
        let failed: Int
    }

    let script: String

    /// Writes wrk's script: the same request for each of the tenants.
    init(_ bench: Workbench, name: String, tenants: [String], method: String = "GET", paths: [String]) throws {
        let quoted = { (texts: [String]) in texts.map { "\"\($0)\"" }.joined(separator: ",") }
        script = try bench.write(
            "\(name).lua",
            """
            local hosts, paths, requests = {\(quoted(tenants.map { "\($0).polls.localhost" }))}, {\(quoted(paths))}, {}
            function init()
              math.randomseed(42)
              for _, host in ipairs(hosts) do
                for _, path in ipairs(paths) do
                  requests[#requests + 1] = wrk.format("\(method)", path, { ["Host"] = host })
                end
              end
            end
            function request() return requests[math.random(#requests)] end
            """
        )
    }

    /// Writes a script of one's own.
    init(file: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: file))
        script = file
    }

    func run(port: Int, seconds: Int, connections: Int = 32) async throws -> Result {
        let output = try await Command(
            "wrk",
            ["-t1", "-c\(connections)", "-d\(seconds)s", "--latency", "-s", script, "http://127.0.0.1:\(port)"]
        ).run().text
        return Result(
            requestsPerSecond: Self.number(after: "Requests/sec:", in: output) ?? .nan,
            p50: Self.milliseconds(after: "50%", in: output) ?? .nan,
            p99: Self.milliseconds(after: "99%", in: output) ?? .nan,
            failed: Int(Self.number(after: "Non-2xx or 3xx responses:", in: output) ?? 0)
                + (output.contains("Socket errors") ? 1 : 0)
        )
    }

    /// The word that follows a label.
    private static func word(after label: String, in text: String) -> Substring? {
        for line in text.split(separator: "\n") {
            let line = line.drop { $0 == " " }
            if line.hasPrefix(label) { return line.dropFirst(label.count).split(separator: " ").first }
        }
        return nil
    }

    static func number(after label: String, in text: String) -> Double? {
        word(after: label, in: text).flatMap { Double($0) }
    }

    static func milliseconds(after label: String, in text: String) -> Double? {
        guard let word = word(after: label, in: text) else { return nil }
        for (unit, factor) in [("us", 0.001), ("ms", 1.0), ("s", 1000.0)] where word.hasSuffix(unit) {
            return Double(word.dropLast(unit.count)).map { $0 * factor }
        }
        return nil
    }
}
