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

    func validate() throws {
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds is 1 to 99") }
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds is 1 to 600") }
        guard (1...10_000).contains(tenants) else { throw ValidationError("--tenants is 1 to 10000") }
        guard ([port, besidePort].allSatisfy { (1...65_535).contains($0) }) else {
            throw ValidationError("a port is 1 to 65535")
        }
    }

    func run() async throws {
        try await Interruption.ends { try await Workbench.with { bench in try await measure(bench) } }
    }

    private func measure(_ bench: Workbench) async throws {
        let names = try await bench.makeTenants("t", count: tenants, questions: 20)
        if let besideSQL { try await bench.psql(file: besideSQL) }
        let round = try ServeRound(bench, tenants: names, seconds: seconds, beside: beside, besidePort: besidePort)
        let rounds = rounds
        let server = Command(
            bench.binaries + "/polls-server",
            [],
            environment: [
                "DATABASE_URL": bench.appURL, "HOST": "127.0.0.1", "PORT": "\(port)", "POLLS_LOG_FORMAT": "text",
            ]
        )
        let atRest = try await ServerProcess.with(server, port: port) { try $0.residentMegabytes() }
        let samples = try await ServerProcess.with(server, port: port) { process in
            var samples = ServeSamples()
            samples.atRest = atRest
            for number in 1...rounds {
                print("round \(number) of \(rounds)")
                try await round.run(port: process.port, &samples)
            }
            samples.afterwards = try process.residentMegabytes()
            return samples
        }
        print(samples.report)
    }
}
