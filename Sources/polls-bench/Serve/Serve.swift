import ArgumentParser
import FoundationEssentials

/// Requests a second, beside what an empty handler and PostgreSQL alone would allow together.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures reading and voting over HTTP, with 100 tenants at random.",
        discussion: """
            The reference L is 1/(1/a + 1/b): a, requests a second of this server's own empty handler; b, transactions a \
            second of pgbench with the same statement in one schema. It is what one core would do if it did both in turn.
            """
    )

    @Option(help: "Rounds; medians are printed.") var rounds = 3
    @Option(help: "Seconds of each measurement.") var seconds = 4
    @Option(help: "Tenants.") var tenants = 100
    @Option(help: "Port for the server under load.") var port = 18_290
    @Option(
        help: """
            Command of another server of GET /polls/, to be put under the same load in the same rounds. It finds \
            DATABASE_URL in its environment.
            """
    ) var beside: String?
    @Option(help: "The port that it serves.") var besidePort = 18_080
    @Option(help: "A file of SQL that it needs, for psql.") var besideSQL: String?

    func run() async throws {
        try await Workbench.with { bench in try await measure(bench) }
    }

    private func measure(_ bench: Workbench) async throws {
        let names = try await bench.makeTenants("t", count: tenants, questions: 20)
        let list = try Load(bench, name: "list", tenants: names, paths: ["/polls/"])
        let vote = try Load(
            bench,
            name: "vote",
            tenants: names,
            method: "POST",
            paths: (1...20).map { "/polls/\($0)/choices/\(3 * $0 - 1)/vote/" }
        )
        let empty = try Load(bench, name: "empty", tenants: names, paths: ["/livez"])
        let listAlone = try Reference(
            bench,
            name: "list",
            sql: "select id, question, publish_date from t0.question where id > 0 order by id limit 101;\n"
        )
        let voteAlone = try Reference(
            bench,
            name: "vote",
            sql: """
                \\set id random(1, 20)
                begin;
                update t0.choice set votes = votes + 1 where id = 3 * :id - 1 and question_id = :id returning id;
                commit;

                """
        )
        let server = Command(
            bench.binaries + "/polls-server",
            [],
            environment: [
                "DATABASE_URL": bench.appURL, "HOST": "127.0.0.1", "PORT": "\(port)", "POLLS_LOG_FORMAT": "text",
            ]
        )
        let (rounds, seconds) = (rounds, seconds)

        if let besideSQL { try await bench.psql(file: besideSQL) }
        let other = beside.map {
            Command("/bin/sh", ["-c", "exec env \($0)"], environment: ["DATABASE_URL": bench.appURL])
        }
        let besidePort = besidePort

        var samples = Samples()
        samples.atRest = try await ServerProcess.with(server, port: port) { try $0.residentMegabytes() }
        samples = try await ServerProcess.with(server, port: port) { [samples] process in
            var samples = samples
            for round in 1...rounds {
                print("round \(round) of \(rounds)")
                samples.empty.append(try await empty.run(port: process.port, seconds: seconds))
                samples.listAlone.append(try await listAlone.run(bench, seconds: seconds))
                samples.list.append(try await list.run(port: process.port, seconds: seconds))
                if let other {
                    let host = "\(names[0]).polls.localhost"
                    let result = try await ServerProcess.with(other, port: besidePort, probe: "/polls/", host: host) {
                        _ = try await list.run(port: $0.port, seconds: 1)
                        return try await list.run(port: $0.port, seconds: seconds)
                    }
                    samples.beside.append(result)
                }
                samples.voteAlone.append(try await voteAlone.run(bench, seconds: seconds))
                samples.vote.append(try await vote.run(port: process.port, seconds: seconds))
            }
            samples.afterwards = try process.residentMegabytes()
            return samples
        }
        print(samples.report)
    }
}

/// What the rounds gave.
private struct Samples: Sendable {
    var empty: [Load.Result] = []
    var list: [Load.Result] = []
    var beside: [Load.Result] = []
    var vote: [Load.Result] = []
    var listAlone: [Double] = []
    var voteAlone: [Double] = []
    var atRest = Double.nan
    var afterwards = Double.nan

    /// Of the other server, where there is one.
    private func besideFigures(_ listed: Double) -> [Figure] {
        guard !beside.isEmpty else { return [] }
        let other = median(beside.map(\.requestsPerSecond))
        return [
            Figure(name: "GET /polls/ of the server beside", value: "\(other.text(0))/s", target: "", holds: nil),
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
                    Figure(name: "a: empty handler", value: "\(a.text(0))/s", target: "", holds: nil),
                    Figure(name: "b: pgbench, the list statement", value: "\(b.text(0))/s", target: "", holds: nil),
                    Figure(name: "GET /polls/", value: "\(listed.text(0))/s", target: "", holds: nil),
                    Figure(name: "  over L", value: listRatio.text(), target: "at least 1.0", holds: listRatio >= 1),
                    Figure(
                        name: "  p50, p99",
                        value: "\(p50.text()) ms, \(p99.text()) ms",
                        target: "p99 at most 5 × p50",
                        holds: p99 <= 5 * p50
                    ),
                ] + besideFigures(listed) + [
                    Figure(name: "v: pgbench, the vote's transaction", value: "\(v.text(0))/s", target: "", holds: nil),
                    Figure(name: "POST …/vote/", value: "\(voted.text(0))/s", target: "", holds: nil),
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
