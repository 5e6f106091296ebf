/// A cell of polls-admin's JSON.
enum JSONScalar: Decodable, Sendable {
    case number(Double)
    case text(String)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    /// Whole numbers may come as text, since JSON's are not exact.
    var int: Int? {
        switch self {
        case .number(let number): Int(number)
        case .text(let text): Int(text)
        case .null: nil
        }
    }

    var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }
}
