import NIOCore
import Postgres
import Testing

@testable import Polls

/// What is written, to the byte.
@Suite struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        write(&json)
        return String(buffer: json.buffer)
    }

    @Test(arguments: [0, 7, 10, -1, 1_000_000, Int64.max, Int64.min]) func numbers(value: Int64) {
        #expect(written { $0.number(value) } == "\(value)")
    }

    @Test(
        arguments: [
            (0, 0, "0"), (0, 5, "0.0000"), (5, 5, "1"), (1, 3, "0.3333"), (2, 3, "0.6667"), (1, 100_000, "0.0000"),
            (99_999, 100_000, "1"), (1, 1000, "0.0010"),
            // As SQL may have written them.
            (-5, 3, "0.0000"), (8, 3, "1"), (-5, -5, "0"), (Int64.max, 1, "1"), (Int64.min, 1, "0.0000"),
            (Int64.max, Int64.max, "1"),
        ] as [(Int64, Int64, String)]
    )
    func shares(part: Int64, whole: Int64, text: String) {
        #expect(written { $0.share(part, of: whole) } == text)
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("\"\\", #""\"\\""#), ("\n\r\t", #""\n\r\t""#),
        ("\0\u{1F}\u{7F}", #""\u0000\u001f\u007f""#), ("<a>&", #""\u003ca\u003e\u0026""#), ("ü😀", #""ü😀""#),
        ("a<", #""a\u003c""#), ("</script", #""\u003c/script""#),
    ])
    func strings(text: String, json: String) {
        #expect(written { $0.string(text) } == json)
    }

    @Test func everyStringComesBackThroughTheParser() throws {
        for scalar in (0...0x7F).compactMap({ Unicode.Scalar(UInt32($0)) }) + ["\u{2028}", "\u{FFFD}", "\u{10FFFF}"] {
            let text = "a\(Character(scalar))b"
            #expect(try JSONValue(parsing: written { $0.string(text) }.utf8) == .string(text))
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_769_860_800_123_456, "2026-01-31T12:00:00.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999Z"),
            // Four digits can write no others.
            (253_402_300_800_000_000, "9999-12-31T23:59:59.999Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
            (-62_135_596_800_000_001, "0001-01-01T00:00:00.000Z"), (Int64.min, "0001-01-01T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func timestamps(microseconds: Int64, text: String) {
        #expect(written { $0.timestamp(Timestamp(microseconds: microseconds)) } == "\"\(text)\"")
    }
}
