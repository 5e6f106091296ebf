import Postgres

/// A script's rows as a JSON array of objects, each value by its type: numbers, booleans and JSON as such, others as
/// strings.
struct RowsJSON {
    let text: String

    init(_ rows: Rows) {
        let keys = Self.unique(rows.columns).map(JSON.quoted)
        let objects = rows.map { row in
            let members = keys.indices.map { keys[$0] + ":" + Self.value(row, $0) }
            return "{" + members.joined(separator: ",") + "}"
        }
        text = "[" + objects.joined(separator: ",") + "]"
    }

    /// Several columns may have one name, as `?column?`; the members of an object may not: `a`, `a_2`, `a_3`.
    static func unique(_ names: [String]) -> [String] {
        var taken = Set(names)
        var seen: Set<String> = []
        return names.map { name in
            guard !seen.insert(name).inserted else { return name }
            var number = 2
            while !taken.insert("\(name)_\(number)").inserted { number += 1 }
            return "\(name)_\(number)"
        }
    }

    private static func value(_ row: Row, _ column: Int) -> String {
        guard let text = row.text(at: column), let type = try? row.withCell(at: column, { $0.type }) else {
            return "null"
        }
        switch type {
        case .bool: return text == "t" ? "true" : "false"
        case .int2, .int4, .int8: return text
        // JSON has neither NaN nor infinity.
        case .float8 where Double(text)?.isFinite ?? false: return text
        // White space between tokens: within strings, line ends are escaped.
        case .json, .jsonb: return text.replacing("\n", with: " ")
        default: return JSON.quoted(text)
        }
    }
}
