import Postgres

extension SQL.StringInterpolation {
    /// Writes text as a string constant, for the utility statements that take no parameters.
    mutating func appendInterpolation(literal text: String) {
        var quoted = text.contains("\\") ? " E'" : "'"
        for character in text.unicodeScalars {
            if character == "'" || character == "\\" { quoted.unicodeScalars.append(character) }
            quoted.unicodeScalars.append(character)
        }
        appendInterpolation(unsafeRaw: quoted + "'")
    }
}
