import Postgres

/// A question with its choices: a poll.
struct Poll: Sendable {
    var id: Int64
    var question: String
    var publishDate: Timestamp
    var choices: [Choice]
}

/// One of a poll's choices, and how many chose it.
struct Choice: Sendable {
    var id: Int64
    var choice: String
    var votes: Int64
}

/// What a vote changed.
struct Vote: Sendable {
    /// The choice voted for.
    var choiceID: Int64
    /// All of the poll's choices, with their new counts.
    var choices: [Choice]
}
