import FoundationEssentials

/// Secrets as text, from the system's random numbers.
enum RandomText {
    /// RFC 4648, section 5, without padding.
    static func base64URL(bytes count: Int) -> String {
        var random = SystemRandomNumberGenerator()
        let bytes = Data((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        return String(
            bytes.base64EncodedString().compactMap { character -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            }
        )
    }
}
