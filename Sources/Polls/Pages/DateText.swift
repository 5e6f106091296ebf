import Markup
import Postgres

/// A day, in UTC.
struct DateText {
    private let timestamp: Timestamp

    init(_ timestamp: Timestamp) { self.timestamp = timestamp.clamped }

    var html: HTML {
        var exact: [UInt8] = []
        exact.append(rfc3339: timestamp)
        let (year, month, day, _) = timestamp.calendar
        let text = "\(day) \(Self.months[month - 1]) \(year)"
        return "<time datetime=\"\(String(decoding: exact, as: UTF8.self))\">\(text)</time>"
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}
