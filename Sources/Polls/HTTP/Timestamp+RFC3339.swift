import Postgres

/// RFC 3339 date-times, in the proleptic Gregorian calendar, for years 1 to 9999.
extension Timestamp {
    /// Reads `2026-01-31T12:00:00.123Z` or with an offset, to the microsecond; `nil` for anything else.
    init?(rfc3339 text: String) {
        var reader = DateReader(bytes: Array(text.utf8)[...])
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
            let second = reader.number(2), let fraction = reader.fraction(), let offset = reader.offset(),
            reader.bytes.isEmpty
        else { return nil }
        guard year >= 1, (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year), hour < 24,
            minute < 60, second < 60
        else { return nil }
        let seconds = Self.days(to: year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
        // An offset may lead out of the years that four digits can write.
        guard Self.writable.contains(seconds) else { return nil }
        self.init(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
    }

    /// Seconds since 1970 of the years 1 to 9999.
    private static let writable = -62_135_596_800..<253_402_300_800

    /// The same, or the nearest moment that can be written.
    var clamped: Timestamp {
        let range = Self.writable
        let first = Int64(range.lowerBound) * 1_000_000
        let last = Int64(range.upperBound) * 1_000_000 - 1
        return Timestamp(microseconds: Swift.max(first, Swift.min(microseconds, last)))
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01, counting years from March so that the leap day comes last.
    private static func days(to year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Year, month, day and milliseconds of the day, in UTC.
    var calendar: (year: Int, month: Int, day: Int, milliseconds: Int) {
        let milliseconds = Int(microseconds >= 0 ? microseconds / 1000 : (microseconds - 999) / 1000)
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        let days = (remainder < 0 ? quotient - 1 : quotient) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1,
            remainder < 0 ? remainder + 86_400_000 : remainder
        )
    }
}

extension [UInt8] {
    /// Writes `2026-01-31T12:00:00.123Z`. What is out of the years that four digits can write, as SQL may have left it, is
    /// written as the first or the last moment of them.
    mutating func append(rfc3339 timestamp: Timestamp) {
        let (year, month, day, milliseconds) = timestamp.clamped.calendar
        let start = count
        append("0000-00-00T00:00:00.000Z")
        withUnsafeMutableBufferPointer { bytes in
            func two(_ value: Int, at index: Int) {
                let value = UInt8(truncatingIfNeeded: value)
                bytes[start + index] += value / 10
                bytes[start + index + 1] += value % 10
            }
            two(year / 100, at: 0)
            two(year % 100, at: 2)
            two(month, at: 5)
            two(day, at: 8)
            two(milliseconds / 3_600_000, at: 11)
            two(milliseconds / 60_000 % 60, at: 14)
            two(milliseconds / 1000 % 60, at: 17)
            bytes[start + 20] += UInt8(milliseconds % 1000 / 100)
            two(milliseconds % 100, at: 21)
        }
    }

    /// Writes text as it stands.
    mutating func append(_ text: StaticString) { text.withUTF8Buffer { append(contentsOf: $0) } }
}

/// Takes a date-time apart, digit by digit.
private struct DateReader {
    var bytes: ArraySlice<UInt8>

    mutating func take(_ character: Character) -> Bool {
        guard bytes.first == character.asciiValue else { return false }
        bytes.removeFirst()
        return true
    }

    mutating func number(_ digits: Int) -> Int? {
        guard bytes.count >= digits else { return nil }
        var value = 0
        for byte in bytes.prefix(digits) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        bytes = bytes.dropFirst(digits)
        return value
    }

    /// Microseconds after a point, or 0 without one; further digits are cut.
    mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        var value = 0
        var digits = 0
        while let digit = number(1) {
            if digits < 6 { value = value * 10 + digit }
            digits += 1
        }
        guard (1...9).contains(digits) else { return nil }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }
}
