import Testing

@testable import Polls

/// The strict parser: what it takes, and what it refuses.
@Suite struct JSONValueTests {
    @Test func takes() throws {
        let taken: [(String, JSONValue)] = [
            ("null", .null), (" true\n", .bool(true)), ("\tfalse\r", .bool(false)), ("0", .number("0")),
            ("-0", .number("-0")), ("12.50e+3", .number("12.50e+3")), ("1E-2", .number("1E-2")),
            ("1e400", .number("1e400")), ("9223372036854775808", .number("9223372036854775808")),
            (#""""#, .string("")), (#""a\"\\\/\b\f\n\r\t""#, .string("a\"\\/\u{8}\u{C}\n\r\t")),
            (#""\u0041\u00e9\uFFFF\u0000""#, .string("Aé\u{FFFF}\0")), (#""\ud83d\ude00""#, .string("😀")),
            ("\"ü😀\u{7F}\"", .string("ü😀\u{7F}")), ("[]", .array([])), ("[ ]", .array([])),
            (#"[1,"a",[null]]"#, .array([.number("1"), .string("a"), .array([.null])])), ("{}", .object([:])),
            (#"{"a":{"b":[]},"":1}"#, .object(["a": .object(["b": .array([])]), "": .number("1")])),
        ]
        for (text, value) in taken { #expect(try JSONValue(parsing: text.utf8) == value, "\(text)") }
    }

    @Test(arguments: [
        "", " ", "nul", "nullx", "True", "+1", "01", "1.", ".5", "1e", "1e+", "-", "- 1", "0x10", "NaN", "Infinity",
        "1 2", "[1,]", "[,1]", "[1", "[1 2]", "]", "{", "{]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}", "{1:1}",
        #"{"a":1 "b":2}"#, "'a'", #"""#, #""a"#, #""\"#, #""\x""#, #""\u12""#, #""\u12G4""#, "\"a\nb\"", "\"a\0b\"",
        "\u{FEFF}{}", "// a\n1",
    ])
    func refuses(text: String) {
        #expect(throws: JSONValue.Failure.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test(arguments: [
        #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\u0041""#, #""\udc00\ud800""#,
        #""\ud800\ud800\udc00""#,
    ])
    func refusesLoneSurrogates(text: String) {
        #expect(throws: JSONValue.Failure.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test(
        arguments: [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]]
            as [[UInt8]]
    )
    func refusesWhatIsNoUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONValue.Failure.self) { try JSONValue(parsing: [quote] + bytes + [quote]) }
    }

    @Test func refusesANameThatOccursTwice() {
        #expect(throws: JSONValue.Failure(reason: "the name \"a\" occurs twice", offset: 10)) {
            try JSONValue(parsing: #"{"a":1,"a":1}"#.utf8)
        }
        // The same name, otherwise written.
        #expect(throws: JSONValue.Failure.self) { try JSONValue(parsing: #"{"a":1,"\u0061":2}"#.utf8) }
    }

    @Test func nestsThirtyTwoLevelsAndNoMore() throws {
        func nested(_ levels: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: levels) + Array(repeating: UInt8(ascii: "]"), count: levels)
        }
        _ = try JSONValue(parsing: nested(33))
        for levels in [34, 100_000] {
            #expect(throws: JSONValue.Failure(reason: "more than 32 levels of nesting", offset: 33)) {
                try JSONValue(parsing: nested(levels))
            }
        }
        let objects = String(repeating: #"{"a":"#, count: 100_000)
        #expect(throws: JSONValue.Failure.self) { try JSONValue(parsing: objects.utf8) }
    }

    @Test func saysWhere() {
        #expect(throws: JSONValue.Failure(reason: "text after the end of the JSON value", offset: 3)) {
            try JSONValue(parsing: "{} x".utf8)
        }
    }
}
