/// A part of a YAML document, written as people write it: blocks for mappings, one line for short lists.
///
/// Only what compose files need (YAML 1.2, chapters 7 and 8). What has a `$` is written with two, as Compose wants a
/// dollar that stands for itself; ``interpolated(_:)`` leaves it to Compose.
indirect enum YAML {
    case text(String)
    /// Text in which Compose replaces `${NAME}`.
    case interpolated(String)
    case number(Int)
    case decimal(Double)
    case flag(Bool)
    /// `["a", "b"]`
    case flow([String])
    case list([YAML])
    case map([(key: String, value: YAML)])
    /// As `map`, with an empty line between its members.
    case sections([(key: String, value: YAML)])
    /// A key without a value.
    case none

    /// The document's text, with a newline at its end.
    var document: String { block(indent: 0).drop { $0 == "\n" } + "\n" }

    /// What follows a key or a dash: on the same line, or as lines of their own.
    private func block(indent: Int) -> String {
        let margin = "\n" + String(repeating: " ", count: indent)
        switch self {
        case .text(let text): return Self.scalar(text.replacing("$", with: "$$"))
        case .interpolated(let text): return Self.scalar(text)
        case .number(let number): return "\(number)"
        case .decimal(let number): return "\(number)"
        case .flag(let flag): return "\(flag)"
        case .flow(let items):
            return "[" + items.map { Self.quoted($0.replacing("$", with: "$$")) }.joined(separator: ", ") + "]"
        case .list(let items):
            return items.map { margin + "- " + $0.block(indent: indent + 2).trimmingStart() }.joined()
        case .map(let members):
            return members.map { margin + $0.key + ":" + $0.value.afterKey(indent) }.joined()
        case .sections(let members):
            return members.map { margin + $0.key + ":" + $0.value.afterKey(indent) }.joined(separator: "\n")
        case .none: return ""
        }
    }

    private func afterKey(_ indent: Int) -> String {
        switch self {
        case .map, .list, .sections: block(indent: indent + 2)
        case .none: ""
        default: " " + block(indent: indent)
        }
    }

    /// As it stands where no reader could take it for anything but that text.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isASCII && ($0.isLetter || $0 == "/" || $0 == ".") } == true
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: " /._=@+-:".utf8.contains(byte)
                }
            }
            && !text.contains(": ") && !text.hasSuffix(":") && !text.hasSuffix(" ")
            && !words.contains(text.lowercased())
            && !text.allSatisfy { $0.isNumber || $0 == "." }
        return isPlain ? text : quoted(text)
    }

    /// What YAML 1.1, which old Composes read, takes for a truth value or for nothing.
    private static let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count == 1 ? "0" : "") + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension String {
    /// Without the line break and the margin at its start.
    fileprivate func trimmingStart() -> Substring { drop { $0 == "\n" || $0 == " " } }
}
