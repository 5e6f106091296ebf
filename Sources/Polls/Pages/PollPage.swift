import Markup

/// A poll to vote on: one button a choice. The form has a key of its own, and counts once, however often it is sent.
struct PollPage {
    let poll: Poll
    let site: String
    /// 128 random bits.
    var key = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined(separator: "-")

    var layout: Layout {
        let question = UserText(poll.question, or: "Poll \(poll.id)")
        return Layout(
            title: question.text,
            site: site,
            content: """
                <h1>\(question.html)</h1>
                <p class="soft">\(DateText(poll.publishDate).html)</p>
                \(poll.choices.isEmpty ? "<p>This poll has no choices yet.</p>" : ballot)
                <p class="ways"><a href="/polls/\(poll.id)/results/">Results</a> <a href="/polls/">All polls</a></p>
                """
        )
    }

    private var ballot: HTML {
        let buttons = poll.choices.map { choice -> HTML in
            """
            <button formaction="/polls/\(poll.id)/choices/\(choice.id)/vote/"><span>\(UserText(choice.choice, or: "Choice \(choice.id)").html)</span> <span class="act">Vote</span></button>

            """
        }
        return """
            <form method="post" class="ballot">
            <input type="hidden" name="key" value="\(key)">
            <fieldset>
            <legend>Your choice</legend>
            \(buttons)</fieldset>
            </form>
            """
    }
}
