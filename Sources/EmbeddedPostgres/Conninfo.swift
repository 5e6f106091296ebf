/// A libpq connection string of keywords and values (manual, "Connection Strings").
struct Conninfo {
    let text: String

    init(_ values: KeyValuePairs<String, String>) {
        self.text = values.map { "\($0)=\(Self.quoted($1))" }.joined(separator: " ")
    }

    private static func quoted(_ value: String) -> String {
        var text = "'"
        for character in value.unicodeScalars {
            if character == "'" || character == "\\" { text += "\\" }
            text.unicodeScalars.append(character)
        }
        return text + "'"
    }
}
