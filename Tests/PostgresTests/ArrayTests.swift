import FoundationEssentials
import Postgres
import Testing

/// Arrays of every type, with and without NULLs, sent and read.
@Suite struct ArrayTests {
    /// Sends the elements, lets PostgreSQL say what it was given, and reads them back.
    private func goAndComeBack<Element: PostgresArrayElement & Equatable>(
        _ elements: [Element],
        as type: String,
        text: String,
        _ client: PostgresClient
    ) async throws {
        let whole = elements.map { Element?.some($0) }
        for array in [whole, whole + [nil], [nil] + whole, [nil], []] {
            let rows = try await client.query(
                "select a, a::text, pg_typeof(a)::text, cardinality(a), array_position(a, null) from (select \(array)::\(unsafeRaw: type)[] as a) s"
            )
            let back = try rows[0].decode([Element?].self, at: 0)
            #expect(back == array, "\(type)")
            #expect(try rows[0].decode(String.self, at: 2).hasPrefix(type), "the type that was asked for")
            #expect(try rows[0].decode(Int32.self, at: 3) == Int32(array.count), "\(type)")
            let firstNull = array.firstIndex { $0 == nil }.map { Int32($0 + 1) }
            #expect(try rows[0].decode(Int32?.self, at: 4) == firstNull, "\(type): PostgreSQL sees the same NULL")
            if array == whole { #expect(try rows[0].decode(String.self, at: 1) == text, "\(type)") }
        }
        let plain = try await client.query("select \(elements)::\(unsafeRaw: type)[]").decodeOne([Element].self)
        #expect(plain == elements, "\(type)")
        let literal = try await client.query(
            "select \(unsafeRaw: "'\(text.replacing("'", with: "''"))'")::\(unsafeRaw: type)[]"
        )
        #expect(try literal.decodeOne([Element].self) == elements, "\(type), written by PostgreSQL")
    }

    @Test func numbers() async throws {
        try await withClient { client, _ async throws in
            try await goAndComeBack([true, false], as: "boolean", text: "{t,f}", client)
            try await goAndComeBack([Int16.min, .max], as: "smallint", text: "{-32768,32767}", client)
            try await goAndComeBack([Int32.min, 0], as: "integer", text: "{-2147483648,0}", client)
            try await goAndComeBack([Int64.min, 7], as: "bigint", text: "{-9223372036854775808,7}", client)
            try await goAndComeBack([1.5, -.infinity], as: "double precision", text: "{1.5,-Infinity}", client)
        }
    }

    @Test func texts() async throws {
        try await withClient { client, _ async throws in
            let texts = ["", "ü\u{1F600}", "a,b", "NULL", #"\""#]
            let text = #"{"",ü😀,"a,b","NULL","\\\""}"#
            try await goAndComeBack(texts, as: "text", text: text, client)
            try await goAndComeBack(texts, as: "character varying", text: text, client)
        }
    }

    @Test func others() async throws {
        try await withClient { client, _ async throws in
            let id = try #require(UUID(uuidString: "0E2F1B3C-0000-4000-8000-0123456789AB"))
            try await goAndComeBack([id], as: "uuid", text: "{0e2f1b3c-0000-4000-8000-0123456789ab}", client)
            try await goAndComeBack([Bytes([0, 255])], as: "bytea", text: #"{"\\x00ff"}"#, client)
        }
        try await withClient({ $0.serverSettings["timezone"] = "UTC" }) { client, _ async throws in
            let moment = Timestamp(microseconds: 1_769_860_800_123_456)
            let text = #"{"2026-01-31 12:00:00.123456+00"}"#
            try await goAndComeBack([moment], as: "timestamp with time zone", text: text, client)
        }
    }

    /// `json` has no equality in PostgreSQL, and so no `array_position`.
    @Test func documents() async throws {
        try await withClient { client, _ async throws in
            let documents: [JSONText?] = [JSONText(#"{"a": [1, null]}"#), nil, JSONText("null")]
            let row = try await client.query("select \(documents), \(documents)::jsonb[], (\(documents))[2] is null")[0]
            #expect(try row.decode([JSONText?].self, at: 0) == documents)
            #expect(try row.decode([JSONText?].self, at: 1) == documents)
            #expect(try row.decode(Bool.self, at: 2), "NULL is no document, and null is one")
        }
    }

    @Test func aNullWhereAValueIsExpectedIsADecodingError() async throws {
        try await withClient { client, _ async throws in
            let rows = try await client.query("select array[1, null]::int4[], '{{1,2},{3,4}}'::int4[]")
            #expect(await code { _ = try rows[0].decode([Int32].self, at: 0) } == .decoding)
            #expect(await code { _ = try rows[0].decode([Int64?].self, at: 0) } == .decoding, "another type")
            #expect(await code { _ = try rows[0].decode([Int32].self, at: 1) } == .decoding, "two dimensions")
        }
    }
}
