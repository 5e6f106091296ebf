import Foundation
import Testing

@testable import Settings

/// One event, one line.
@Suite struct LogLineTests {
    private let line = LogLine(
        time: "2026-01-31T12:00:00.123Z",
        label: "polls",
        level: .info,
        message: "Request",
        metadata: ["tenant": "potter", "path": "a b\n\"c\"", "sizes": ["1", "2"], "empty": ""]
    )

    @Test func text() {
        let expected = #"""
            2026-01-31T12:00:00.123Z info polls: Request empty="" path="a b\n\"c\"" sizes=["1","2"] tenant=potter
            """#
        #expect(line.text(.text) == expected)
    }

    @Test func json() throws {
        let text = line.text(.json)
        #expect(!text.contains("\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["message"] as? String == "Request")
        let metadata = try #require(object["metadata"] as? [String: Any])
        #expect(metadata["path"] as? String == "a b\n\"c\"")
        #expect(metadata["sizes"] as? [String] == ["1", "2"])
    }

    @Test(arguments: ["\u{1}\u{1f}", "\r\n", "\u{2028}é🙂", #"\""#]) func anyMessageSurvivesJSON(message: String) throws
    {
        var line = line
        line.message = message
        let object = try JSONSerialization.jsonObject(with: Data(line.text(.json).utf8)) as? [String: Any]
        #expect(object?["message"] as? String == message)
        #expect(!line.text(.text).contains("\n"))
    }
}
