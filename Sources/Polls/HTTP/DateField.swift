import Postgres
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The field `Date` of an answer (RFC 9110, 5.6.7), such as `Sat, 31 Jan 2026 12:00:00 GMT`.
enum DateField {
    private static let last = Mutex((second: -1, text: ""))

    /// Now, written anew once a second.
    static var now: String {
        let second = time(nil)
        return last.withLock { last in
            if last.second != second { last = (second, text(second: second)) }
            return last.text
        }
    }

    /// - Parameter second: since 1970.
    static func text(second: Int) -> String {
        let (year, month, day, milliseconds) = Timestamp(microseconds: Int64(second) * 1_000_000).calendar
        let seconds = milliseconds / 1000
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(two).joined(separator: ":")
        return "\(weekdays[second / 86_400 % 7]), \(two(day)) \(months[month - 1]) \(year) \(clock) GMT"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// From that of 1970-01-01 on.
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
