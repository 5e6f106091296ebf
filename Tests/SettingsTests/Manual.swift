import Foundation
import Testing

/// README.md, as far as settings go.
enum Manual {
    /// A setting of the table.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Whose flag it is: server, admin, both.
        let tool: String
        let standard: String

        var testDescription: String { name }
    }

    /// All settings but libpq's own variables, which no tool has a flag for.
    static let settings: [Row] = {
        let path = URL(filePath: #filePath).appending(path: "../../../README.md").standardizedFileURL
        let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").drop { !$0.hasPrefix("| setting | flag of |") }.dropFirst(2)
            .prefix { $0.hasPrefix("|") }
            .flatMap { line in
                let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                guard cells.count == 4, cells[1] != "none" else { return [Row]() }
                return cells[0].matches(of: /`([A-Z_]+)`/).map {
                    Row(name: String($0.1), tool: cells[1], standard: cells[3].replacing("`", with: ""))
                }
            }
    }()
}
