import HTTPTypes
import HummingbirdCore
import NIOCore

/// A form's fields, as a browser sends them: `application/x-www-form-urlencoded` (URL Standard, section 5), read strictly.
struct FormBody {
    private let fields: [String: String]

    /// Whether the request's body says that it is one.
    static func isForm(_ request: Request) -> Bool {
        Body.type(of: request.headers) == "application/x-www-form-urlencoded"
    }

    /// - Throws: ``Problem`` 400 or 413.
    init(_ request: Request, upTo bytes: Int) async throws {
        let buffer = try await Body.collect(request, upTo: bytes)
        try self.init(parsing: Array(buffer.readableBytesView))
    }

    /// - Throws: ``Problem`` 400.
    init(parsing bytes: [UInt8]) throws {
        var fields: [String: String] = [:]
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = Self.decode(parts.count == 2 ? parts[1] : []) else {
                throw Problem.malformed("The form's fields are not percent-encoded UTF-8.")
            }
            guard fields.updateValue(value, forKey: name) == nil else {
                throw Problem.malformed("A field of the form is given twice.")
            }
        }
        self.fields = fields
    }

    subscript(name: String) -> String? { fields[name] }

    /// A text area's lines, without those that have nothing but blanks.
    func lines(_ name: String) -> [String] {
        (fields[name] ?? "").unicodeScalars.split { $0 == "\r" || $0 == "\n" }.filter { line in
            !line.allSatisfy { $0 == " " || $0 == "\t" }
        }.map { String($0) }
    }

    /// - Returns: `nil` when it is wrongly encoded.
    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
