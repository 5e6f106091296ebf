/// Which part of a list is asked for: `?after=ID&limit=N`.
enum Page {
    static let defaultLimit: Int64 = 100
    static let largestLimit: Int64 = 1000

    /// - Throws: ``Problem`` 422, naming the parameter.
    static func read(_ query: String?) throws -> (after: Int64, limit: Int64) {
        guard let query, !query.isEmpty else { return (0, defaultLimit) }
        var (after, limit) = (Int64(0), defaultLimit)
        var names: Set<Substring> = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (parts[0], parts.count == 2 ? parts[1] : "")
            guard name != "after" && name != "limit" || names.insert(name).inserted else {
                throw Problem.invalid(String(name), "\(name) is given twice.")
            }
            switch name {
            case "after": after = try number(value, "after", 0...Int64.max)
            case "limit": limit = try number(value, "limit", 1...largestLimit)
            default: break
            }
        }
        return (after, limit)
    }

    private static func number(_ text: Substring, _ name: String, _ range: ClosedRange<Int64>) throws -> Int64 {
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isNumber, let value = Int64(text), range.contains(value) else {
            throw Problem.invalid(name, "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return value
    }
}
