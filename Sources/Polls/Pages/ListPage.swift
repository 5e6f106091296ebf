import Markup
import Postgres

/// The questions, by id; and where anybody may write, a form for another.
struct ListPage {
    struct Entry {
        let id: Int64
        let question: String
        let publishDate: Timestamp
    }

    let entries: ArraySlice<Entry>
    let after: Int64
    let limit: Int64
    let hasMore: Bool
    let isOpen: Bool
    let site: String

    var layout: Layout {
        Layout(
            title: after > 0 ? "All polls after \(after)" : "All polls",
            site: site,
            content: """
                <div class="title"><h1>All polls</h1>\(isOpen ? "<a href=\"#new\">New poll</a>" as HTML : nil)</div>
                \(entries.isEmpty ? empty : list)
                \(ways)
                \(isOpen ? form : nil)
                """
        )
    }

    private var list: HTML {
        let items = entries.map { entry -> HTML in
            """
            <li><a href="/polls/\(entry.id)/">\(UserText(entry.question, or: "Poll \(entry.id)").html)</a>
            \(DateText(entry.publishDate).html)</li>

            """
        }
        return "<ul class=\"polls\" role=\"list\">\n\(items)</ul>"
    }

    private var empty: HTML {
        after > 0 ? "<p class=\"soft\">There are no more polls.</p>" : "<p class=\"soft\">There is no poll yet.</p>"
    }

    private var ways: HTML? {
        let count = limit == Page.defaultLimit ? "" : "&limit=\(limit)"
        var links: [HTML] = []
        if after > 0 { links.append("<a href=\"/polls/\(count.isEmpty ? "" : "?limit=\(limit)")\">First polls</a>") }
        if hasMore, let last = entries.last {
            links.append("<a class=\"next\" rel=\"next\" href=\"/polls/?after=\(last.id)\(count)\">Next polls</a>")
        }
        return links.isEmpty ? nil : "<nav aria-label=\"More polls\">\(links)</nav>"
    }

    private var form: HTML {
        """
        <section id="new" aria-labelledby="new-title">
        <h2 id="new-title">New poll</h2>
        \(NewPollForm().html(fault: nil))
        </section>
        """
    }
}
