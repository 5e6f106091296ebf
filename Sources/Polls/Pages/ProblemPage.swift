import HummingbirdCore
import Markup

/// What went wrong, for people: a problem's status, header fields and words, and the way back.
struct ProblemPage {
    let problem: Problem
    let route: Route?
    /// The tenant's name; `nil` where nobody is served, of whom nothing is said then.
    let site: String?

    var response: Response {
        Layout(
            title: "\(problem.title)",
            site: site,
            content: """
                <h1>\("\(problem.title)")</h1>
                \(problem.detail.map { "<p>\($0)</p>" as HTML })
                \(problem.headers[.retryAfter].map { "<p>Try again in \($0 == "1" ? "a second" : "\($0) seconds").</p>" as HTML })
                \(site == nil ? nil : ways)
                """
        ).response(problem.status, problem.headers)
    }

    private var ways: HTML {
        "<p class=\"ways\">\(poll.map { "<a href=\"/polls/\($0)/\">The poll</a> <a href=\"/polls/\($0)/results/\">Results</a> " as HTML })<a href=\"/polls/\">All polls</a></p>"
    }

    /// The poll that it is about, if that is there.
    private var poll: Int64? {
        if problem.status == .notFound { return nil }
        return switch route {
        case .poll(let id), .choices(let id), .results(let id), .vote(poll: let id, choice: _): id
        case .root, .live, .ready, .polls, nil: nil
        }
    }
}
