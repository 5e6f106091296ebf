import Postgres
import Testing

@testable import Polls

/// RFC 3339 date-times, read.
@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:00z", 0), ("1970-01-01 00:00:00Z", 0),
            ("1970-01-01T01:30:00+01:30", 0), ("1969-12-31T23:00:00-01:00", 0), ("1970-01-01T00:00:00-00:00", 0),
            ("1970-01-01T00:00:00.1Z", 100_000), ("1970-01-01T00:00:00.123456Z", 123_456),
            ("1970-01-01T00:00:00.123456789Z", 123_456), ("1969-12-31T23:59:59.999999Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000), ("2026-01-31T12:00:00.123456Z", 1_769_860_800_123_456),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000), ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ] as [(String, Int64)]
    )
    func reads(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "yesterday", "2026-01-31", "2026-01-31T12:00Z", "2026-01-31T12:00:00", "2026-1-31T12:00:00Z",
        "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00.1234567890Z", "2026-01-31T12:00:00+1:00",
        "2026-01-31T12:00:00+0100", "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+01:60", "2026-00-31T12:00:00Z",
        "2026-13-31T12:00:00Z", "2026-01-00T12:00:00Z", "2026-01-32T12:00:00Z", "2026-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z", "2026-04-31T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z",
        "2026-01-31T12:00:60Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2026-01-31T12:00:00Zx",
        " 2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z ", "-2026-01-31T12:00:00Z", "２026-01-31T12:00:00Z",
        "infinity", "2026-01-31T12:00:00Z\0",
    ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    /// The offset takes them out of the years that can be written.
    @Test(arguments: ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
    func refusesYearsBeyondTheCalendar(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func everyDayOfFourHundredYearsComesBack() throws {
        var (year, month, day) = (1999, 1, 1)
        for days in 10_592..<(10_592 + 146_097) {
            let calendar = Timestamp(microseconds: Int64(days) * 86_400_000_000 + 1_999).calendar
            guard calendar == (year, month, day, 1) else {
                Issue.record("\(calendar) is not \((year, month, day, 1))")
                return
            }
            let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect(year == 2399)
    }
}
