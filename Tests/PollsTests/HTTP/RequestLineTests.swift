import Foundation
import Postgres
import Testing

@testable import Polls

/// A request's line of the log, to the byte.
@Suite struct RequestLineTests {
    private func written(_ words: RequestLine.Words, tenant: String? = "potter") -> String {
        let line = RequestLine(
            time: Timestamp(microseconds: 1_769_860_800_123_456),
            tenant: tenant,
            method: "GET",
            route: "/polls/{id}/",
            status: 200,
            microseconds: 1203
        )
        var bytes = Array("before\n".utf8)
        line.append(to: &bytes, words)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func text() {
        let expected = """
            before
            2026-01-31T12:00:00.123Z info polls-server: request duration_us=1203 method=GET route=/polls/{id}/ status=200 \
            tenant=-

            """
        #expect(written(.text, tenant: nil) == expected)
    }

    @Test func json() throws {
        let line = try #require(written(.json).split(separator: "\n").last)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["time"] as? String == "2026-01-31T12:00:00.123Z")
        #expect(object["level"] as? String == "info" && object["message"] as? String == "request")
        #expect(object["label"] as? String == "polls-server")
        let metadata = try #require(object["metadata"] as? [String: String])
        let expected = [
            "duration_us": "1203", "method": "GET", "route": "/polls/{id}/", "status": "200", "tenant": "potter",
        ]
        #expect(metadata == expected)
    }
}
