/// A process of PostgreSQL that serves one client, by the title that PostgreSQL gives it (`update_process_title`).
struct PostgresSession: Equatable, Sendable {
    let process: Int32
    let user: String
    let database: String

    /// Reads `postgres: polls_app polls [local] idle`. PostgreSQL's own helpers have no client's address.
    init?(process: Int32, title: String) {
        guard title.hasPrefix("postgres: ") else { return nil }
        let words = title.dropFirst("postgres: ".count).split(separator: " ")
        guard words.count > 2, words[2] == "[local]" || words[2].hasSuffix(")"), words[0] != "walsender" else {
            return nil
        }
        self.process = process
        user = String(words[0])
        database = String(words[1])
    }
}
