import Logging

/// One event as a line of the log, without the line's end.
struct LogLine {
    var time: String
    var label: String
    var level: Logger.Level
    var message: String
    var metadata: Logger.Metadata

    /// The line in `format`. Whatever a value holds, it stays one line.
    func text(_ format: LogFormat) -> String {
        switch format {
        case .text:
            let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.plain($0.value))" }
            return "\(time) \(level) \(label): \(Self.oneLine(message))" + pairs.joined()
        case .json:
            var members = [("time", time), ("level", "\(level)"), ("label", label), ("message", message)]
                .map { Self.quoted($0) + ":" + Self.quoted($1) }
            if !metadata.isEmpty { members.append(#""metadata":"# + Self.json(.dictionary(metadata))) }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    /// A value as it is; quoted when a reader could not tell where it ends.
    private static func plain(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .dictionary, .array: return json(value)
        case .string, .stringConvertible:
            let text = "\(value)"
            let isPlain = !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 32 && $0 != "\"" && $0 != "=" }
            return isPlain ? text : quoted(text)
        }
    }

    private static func json(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .dictionary(let members):
            let parts = members.sorted { $0.key < $1.key }.map { quoted($0.key) + ":" + json($0.value) }
            return "{" + parts.joined(separator: ",") + "}"
        case .array(let elements):
            return "[" + elements.map(json).joined(separator: ",") + "]"
        case .string, .stringConvertible:
            return quoted("\(value)")
        }
    }

    private static func oneLine(_ text: String) -> String {
        text.unicodeScalars.contains { $0.value < 32 } ? quoted(text) : text
    }

    /// A JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
