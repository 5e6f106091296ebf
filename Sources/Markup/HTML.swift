/// A piece of HTML. Text that is put into it is escaped, for elements and for quoted attributes; only another piece, or
/// what says that it is raw, is not.
package struct HTML: ExpressibleByStringInterpolation, Equatable, Sendable {
    package let text: String

    package init(stringLiteral value: String) { text = value }

    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Markup that is known to be safe.
    package init(unsafeRaw text: String) { self.text = text }

    package static func + (left: HTML, right: HTML) -> HTML { HTML(unsafeRaw: left.text + right.text) }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: String) { HTML.escape(value, into: &text) }

        package mutating func appendInterpolation(_ value: some BinaryInteger) { text += String(value) }

        package mutating func appendInterpolation(_ html: HTML) { text += html.text }

        package mutating func appendInterpolation(_ html: HTML?) { text += html?.text ?? "" }

        package mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { text += piece.text }
        }
    }

    private static func escape(_ value: String, into text: inout String) {
        for character in value.unicodeScalars {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            // As it stands, it would be read as a line feed.
            case "\r": text += "&#13;"
            default: text.unicodeScalars.append(character)
            }
        }
    }
}
