import FoundationEssentials

/// The form of results and plans in JSON: for people too, and with words for what is no number.
enum ResultCoding {
    private static let (infinite, negative, unknown) = ("infinite", "-infinite", "unknown")

    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: infinite,
            negativeInfinity: negative,
            nan: unknown
        )
        return encoder
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: infinite,
            negativeInfinity: negative,
            nan: unknown
        )
        return decoder
    }
}
