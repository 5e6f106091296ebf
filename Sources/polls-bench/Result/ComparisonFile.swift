import FoundationEssentials

/// A comparison in its file, result.json.
enum ComparisonFile {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func encode(_ comparison: Comparison) throws -> [UInt8] {
        try [UInt8](ResultCoding.encoder.encode(comparison)) + [UInt8(ascii: "\n")]
    }

    /// - Throws: ``Failure``, which says what is wrong and what to do.
    static func decode(_ bytes: [UInt8], name: String) throws -> Comparison {
        let decoder = ResultCoding.decoder
        struct Form: Decodable { let format: Int }
        guard let form = try? decoder.decode(Form.self, from: Data(bytes)) else {
            throw Failure(
                description: "\(name) is no result of a comparison. Give the result.json of polls-bench compare."
            )
        }
        guard form.format == Comparison.currentFormat else {
            throw Failure(
                description: "\(name) has the form \(form.format), and this program reads \(Comparison.currentFormat). "
                    + "Run polls-bench compare again."
            )
        }
        do { return try decoder.decode(Comparison.self, from: Data(bytes)) } catch {
            throw Failure(description: "\(name) is damaged: \(error). Run polls-bench compare again.")
        }
    }

    static func read(_ path: String) throws -> Comparison {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(
                description: "cannot read \(path). Run polls-bench compare first, or name its result: --result FILE"
            )
        }
        return try decode([UInt8](data), name: path)
    }

    /// Writes result.json, report.html and table.md into a folder, which is made where it is missing.
    static func write(_ comparison: Comparison, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let files: [(String, [UInt8])] = [
            ("result.json", try encode(comparison)),
            ("report.html", Array(ReportPage(comparison: comparison).html.text.utf8)),
            ("table.md", Array(MarkdownTable.text(comparison).utf8)),
        ]
        for (name, bytes) in files { try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"), options: .atomic) }
    }
}
