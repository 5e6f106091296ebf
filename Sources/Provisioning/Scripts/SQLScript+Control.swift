/// What a statement would take out of the hands of whoever runs it.
extension SQLScript.Statement {
    /// It begins or ends a transaction. Savepoints are within one, and no control of it.
    var controlsTransaction: Bool {
        switch words.first {
        case "begin", "start", "commit", "end", "abort": true
        case "rollback": !words.dropFirst().prefix(2).contains("to")
        case "prepare": words.dropFirst().first == "transaction"
        default: false
        }
    }

    /// It changes whom the statements after it run as.
    var changesRole: Bool {
        guard words.first == "set" || words.first == "reset" else { return false }
        var rest = words.dropFirst()
        if rest.first == "local" { rest = rest.dropFirst() }
        // `SET SESSION ROLE`, but `SET SESSION AUTHORIZATION`.
        if rest.first == "session", rest.dropFirst().first != "authorization" { rest = rest.dropFirst() }
        return rest.first == "role" || rest.starts(with: ["session", "authorization"])
    }

    /// Its first words, for an error.
    var name: String { words.prefix(2).joined(separator: " ").uppercased() }
}
