import FoundationEssentials
import Postgres
import Testing

/// What goes to PostgreSQL and what comes back, of every type and size.
@Suite struct ValueTests {
    @Test func everyTypeComesBackAsItWasSent() async throws {
        try await withClient { client, _ async throws in
            let id = UUID()
            let missing: String? = nil
            let at = Timestamp(microseconds: 1_769_860_800_123_456)
            let rows = try await client.query(
                """
                select \(true), \(Int16(-2)), \(Int32(-3)), \(Int64.min), \(1.5), \("ü\u{1F600}'\\"), \(id), \(at),
                  \(JSONText("{\"a\":1}")), \(Bytes([0, 255, 7])), \([Int64(1), -2]), \(["a", "", "ü"]),
                  \([UUID]()), \(missing as String?), \("x")::varchar, null::int4[], '{"b":2}'::jsonb, 7::oid
                """
            )
            let row = rows[0]
            #expect(try row.decode(Bool.self, at: 0))
            #expect(try row.decode(Int16.self, at: 1) == -2)
            #expect(try row.decode(Int32.self, at: 2) == -3)
            #expect(try row.decode(Int64.self, at: 3) == .min)
            #expect(try row.decode(Double.self, at: 4) == 1.5)
            #expect(try row.decode(String.self, at: 5) == "ü\u{1F600}'\\")
            #expect(try row.decode(UUID.self, at: 6) == id)
            #expect(try row.decode(Timestamp.self, at: 7) == at)
            #expect(try row.decode(JSONText.self, at: 8).text == "{\"a\":1}")
            #expect(try row.decode(Bytes.self, at: 9).bytes == [0, 255, 7])
            #expect(try row.decode([Int64].self, at: 10) == [1, -2])
            #expect(try row.decode([String].self, at: 11) == ["a", "", "ü"])
            #expect(try row.decode([UUID].self, at: 12).isEmpty)
            #expect(try row.decode(String?.self, at: 13) == nil)
            #expect(try row.decode(String.self, at: 14) == "x")
            #expect(try row.decode([Int32]?.self, at: 15) == nil)
            #expect(try row.decode(JSONText.self, at: 16).text == "{\"b\": 2}")
            #expect(try row.decode(UInt32.self, at: 17) == 7)
        }
    }

    @Test func aWrongTypeOrNullIsADecodingError() async throws {
        try await withClient { client, _ async throws in
            let rows = try await client.query("select 1::int4, null::text")
            #expect(await code { _ = try rows[0].decode(String.self, at: 0) } == .decoding)
            #expect(await code { _ = try rows[0].decode(String.self, at: 1) } == .decoding)
            #expect(await code { _ = try rows[0].decode(Int32.self, at: 2) } == .decoding)
        }
    }

    @Test func hugeAndEmptyAnswers() async throws {
        try await withClient { client, _ async throws in
            let text = try await client.query("select repeat('ab', 8000000)").decodeOne(String.self)
            #expect(text.utf8.count == 16_000_000)
            #expect(try await client.query("select 1 where false").isEmpty)
            #expect(try await client.query("select n from generate_series(1, 100000) n").count == 100_000)
            let big = String(repeating: "z", count: 20_000_000)
            #expect(try await client.query("select length(\(big))").decodeOne(Int32.self) == 20_000_000)
        }
    }
}
