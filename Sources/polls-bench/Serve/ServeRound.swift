/// What one round of `polls-bench serve` measures: each load on the server, beside what PostgreSQL alone does.
struct ServeRound: Sendable {
    private let bench: Workbench
    private let seconds: Int
    private let empty: Load
    private let list: Load
    private let vote: Load
    private let listAlone: Reference
    private let voteAlone: Reference
    private let beside: Beside?

    /// Another server of the same list.
    private struct Beside: Sendable {
        let command: Command
        let port: Int
        /// Asked until it is up.
        let host: String
    }

    /// - Parameters:
    ///   - tenants: with 20 questions of three choices each; the first is `t0`.
    ///   - beside: another server's command line.
    init(_ bench: Workbench, tenants: [String], seconds: Int, beside: String?, besidePort: Int) throws {
        self.bench = bench
        self.seconds = seconds
        empty = try Load(bench, name: "empty", tenants: tenants, paths: ["/livez"])
        list = try Load(bench, name: "list", tenants: tenants, paths: ["/polls/"])
        vote = try Load(
            bench,
            name: "vote",
            tenants: tenants,
            method: "POST",
            paths: (1...20).map { "/polls/\($0)/choices/\(3 * $0 - 1)/vote/" }
        )
        listAlone = try Reference(
            bench,
            name: "list",
            sql: "select id, question, publish_date from t0.question where id > 0 order by id limit 101;\n"
        )
        voteAlone = try Reference(
            bench,
            name: "vote",
            sql: """
                \\set id random(1, 20)
                begin;
                update t0.choice set votes = votes + 1 where id = 3 * :id - 1 and question_id = :id returning id;
                commit;

                """
        )
        self.beside = beside.map {
            Beside(
                command: Command("/bin/sh", ["-c", "exec env \($0)"], environment: ["DATABASE_URL": bench.appURL]),
                port: besidePort,
                host: "\(tenants[0]).polls.localhost"
            )
        }
    }

    /// - Parameter port: of the server, which runs.
    func run(port: Int, _ samples: inout ServeSamples) async throws {
        samples.empty.append(try await empty.run(port: port, seconds: seconds))
        samples.listAlone.append(try await listAlone.run(bench, seconds: seconds))
        samples.list.append(try await list.run(port: port, seconds: seconds))
        if let beside { samples.beside.append(try await run(beside)) }
        samples.voteAlone.append(try await voteAlone.run(bench, seconds: seconds))
        samples.vote.append(try await vote.run(port: port, seconds: seconds))
    }

    private func run(_ beside: Beside) async throws -> Load.Result {
        try await ServerProcess.with(beside.command, port: beside.port, probe: "/polls/", host: beside.host) {
            process in
            _ = try await list.run(port: process.port, seconds: 1)
            return try await list.run(port: process.port, seconds: seconds)
        }
    }
}
