import NIOCore
import Postgres

/// Writes JSON (RFC 8259) into bytes of its own, which become one buffer at the end.
struct JSONWriter {
    private var bytes: [UInt8] = []

    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    var buffer: ByteBuffer { ByteBuffer(bytes: bytes) }

    /// Punctuation and names that are JSON as they stand.
    mutating func raw(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }

    mutating func number(_ value: Int64) {
        guard value != .min else { return raw("-9223372036854775808") }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var position = 20
            var rest = value.magnitude
            repeat {
                position -= 1
                digits[position] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                position -= 1
                digits[position] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: digits[position...])
        }
    }

    /// A share, to four digits: between 0 and 1, whatever the numbers are.
    mutating func share(_ part: Int64, of whole: Int64) {
        guard whole > 0 else { return raw("0") }
        let scaled = Int64(max(0, min(Double(part) / Double(whole), 1) * 10_000).rounded())
        guard scaled < 10_000 else { return raw("1") }
        raw("0.")
        let digits = String(scaled)
        for _ in digits.utf8.count..<4 { raw("0") }
        bytes.append(contentsOf: digits.utf8)
    }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// UTF-8, as a JSON string. `<`, `>` and `&` are escaped too, so that the text is safe within HTML.
    mutating func string(_ text: UnsafeRawBufferPointer) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        for (index, byte) in text.enumerated() where Self.mustEscape(byte) {
            bytes.append(contentsOf: text[start..<index])
            escape(byte)
            start = index + 1
        }
        bytes.append(contentsOf: text[start...])
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "<")
            || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&") || byte == 0x7F
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case UInt8(ascii: "\n"): raw("\\n")
        case UInt8(ascii: "\r"): raw("\\r")
        case UInt8(ascii: "\t"): raw("\\t")
        default:
            raw("\\u00")
            for digit in [byte >> 4, byte & 0xF] {
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }

    /// `"2026-01-31T12:00:00.123Z"`.
    mutating func timestamp(_ timestamp: Timestamp) {
        raw("\"")
        bytes.append(rfc3339: timestamp)
        raw("\"")
    }
}
