import Postgres

/// A question with its choices: a poll.
struct Poll: Sendable {
    /// Each reader gets all of them.
    static let mostChoices = 100

    var id: Int64
    var question: String
    var publishDate: Timestamp
    var choices: [Choice]

    /// All votes, as far as they can be counted: whoever writes SQL may have left any counts.
    var votes: Int64 {
        choices.reduce(0) { total, choice in
            let (sum, isBeyond) = total.addingReportingOverflow(choice.votes)
            return isBeyond ? (total > 0 ? .max : .min) : sum
        }
    }
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
