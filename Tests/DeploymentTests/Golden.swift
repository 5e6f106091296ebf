import Foundation
import Testing

/// Compares a text with a file of the repository. `POLLS_WRITE_GOLDEN=1` writes the files instead: read the difference
/// before committing it.
func expectGolden(_ text: String, _ path: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let file = root.appending(path: path)
    if ProcessInfo.processInfo.environment["POLLS_WRITE_GOLDEN"] == "1" {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try text.write(to: file, atomically: true, encoding: .utf8)
        return
    }
    let expected = (try? String(contentsOf: file, encoding: .utf8)) ?? "(no such file)"
    let (found, wanted) = (text.split(separator: "\n"), expected.split(separator: "\n"))
    let line = zip(found, wanted).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    #expect(
        text == expected,
        "\(path), from line \(line.map { "\($0 + 1): \(found[$0])" } ?? "its end") on",
        sourceLocation: sourceLocation
    )
}
