/// What the rounds gave.
struct ServeSamples: Sendable {
    var empty: [Load.Result] = []
    var list: [Load.Result] = []
    var beside: [Load.Result] = []
    var vote: [Load.Result] = []
    var listAlone: [Double] = []
    var voteAlone: [Double] = []
    /// Resident memory, in MiB.
    var atRest = Double.nan
    var afterwards = Double.nan

    /// Of the other server, where there is one.
    private func besideFigures(_ listed: Double) -> [Figure] {
        guard !beside.isEmpty else { return [] }
        let other = median(beside.map(\.requestsPerSecond))
        return [
            Figure(name: "GET /polls/ of the server beside", value: "\(other.text(0))/s"),
            Figure(
                name: "  this one's over it",
                value: (listed / other).text(),
                target: "at least 0.9",
                holds: listed / other >= 0.9
            ),
        ]
    }

    /// As if one core did both in turn.
    private static func combined(_ first: Double, _ second: Double) -> Double { 1 / (1 / first + 1 / second) }

    var report: String {
        let a = median(empty.map(\.requestsPerSecond))
        let (listed, b) = (median(list.map(\.requestsPerSecond)), median(listAlone))
        let (voted, v) = (median(vote.map(\.requestsPerSecond)), median(voteAlone))
        let (p50, p99) = (median(list.map(\.p50)), median(list.map(\.p99)))
        let listRatio = listed / Self.combined(a, b)
        let voteRatio = voted / Self.combined(a, v)
        let failed = (list + beside + vote + empty).map(\.failed).reduce(0, +)
        return "\n"
            + Figure.table(
                [
                    Figure(name: "a: empty handler", value: "\(a.text(0))/s"),
                    Figure(name: "b: pgbench, the list statement", value: "\(b.text(0))/s"),
                    Figure(name: "GET /polls/", value: "\(listed.text(0))/s"),
                    Figure(name: "  over L", value: listRatio.text(), target: "at least 1.0", holds: listRatio >= 1),
                    Figure(
                        name: "  p50, p99",
                        value: "\(p50.text()) ms, \(p99.text()) ms",
                        target: "p99 at most 5 × p50",
                        holds: p99 <= 5 * p50
                    ),
                ] + besideFigures(listed) + [
                    Figure(name: "v: pgbench, the vote's transaction", value: "\(v.text(0))/s"),
                    Figure(name: "POST …/vote/", value: "\(voted.text(0))/s"),
                    Figure(
                        name: "  over the same combination",
                        value: voteRatio.text(),
                        target: "at least 0.7",
                        holds: voteRatio >= 0.7
                    ),
                    Figure(name: "answers other than 2xx", value: "\(failed)", target: "none", holds: failed == 0),
                    Figure(
                        name: "resident memory at rest",
                        value: "\(atRest.text(1)) MiB",
                        target: "at most 40",
                        holds: atRest <= 40
                    ),
                    Figure(
                        name: "  after the run",
                        value: "\(afterwards.text(1)) MiB",
                        target: "at most 80",
                        holds: afterwards <= 80
                    ),
                ]
            )
    }
}
