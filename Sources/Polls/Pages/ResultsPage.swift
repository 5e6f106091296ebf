import Markup

/// A poll's counts and shares: a table, whose rows have a bar each.
struct ResultsPage {
    let poll: Poll
    let site: String

    var layout: Layout {
        let question = UserText(poll.question, or: "Poll \(poll.id)")
        return Layout(
            title: "Results: \(question.text)",
            site: site,
            content: """
                <h1>\(question.html)</h1>
                \(poll.choices.isEmpty ? "<p>This poll has no choices yet.</p>" : table)
                <p class="ways"><a href="/polls/\(poll.id)/">Vote</a> <a href="/polls/">All polls</a></p>
                """
        )
    }

    private var table: HTML {
        let most = poll.choices.map(\.votes).max() ?? 0
        let rows = poll.choices.map { choice -> HTML in
            let share = Share(choice.votes, of: poll.votes)
            return """
                <tr\(choice.votes == most && most > 0 ? " class=\"most\"" as HTML : nil)>
                <th scope="row">\(UserText(choice.choice, or: "Choice \(choice.id)").html)
                <svg aria-hidden="true"><rect width="\(share.text)" height="100%"/></svg></th>
                <td>\(choice.votes)</td>
                <td>\(share.text)</td>
                </tr>

                """
        }
        return """
            <table>
            <caption>\(poll.votes == 1 ? "1 vote" : "\(poll.votes) votes")</caption>
            <thead><tr><th scope="col">Choice</th><th scope="col">Votes</th><th scope="col">Share</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>
            """
    }
}
