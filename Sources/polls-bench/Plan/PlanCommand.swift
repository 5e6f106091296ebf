import ArgumentParser
import FoundationEssentials

/// Says which level fits a fleet.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says which level fits a fleet, what it costs and where it breaks.",
        discussion: """
            By what polls-bench compare measured, on the machine that it ran on.

              polls-bench plan --tenants 500 --rps 200 --memory 8GB
            """
    )

    @Option(help: "Tenants.") var tenants: Int
    @Option(help: "Requests a second, of all tenants together.") var rps = 10.0
    @Option(help: "Memory of the machine, such as 8GB or 512MiB.") var memory: MemorySize
    @Option(help: "max_connections of the shared PostgreSQL.") var maxConnections = 100
    @Option(help: "The shared server's POLLS_SERVER_CONNECTIONS.") var serverConnections = 32
    @Option(help: ArgumentHelp("A comparison's result.", valueName: "file"), completion: .file())
    var result = Compare.defaultFolder + "/result.json"
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (1...100_000_000).contains(tenants) else { throw ValidationError("--tenants is 1 or more") }
        guard rps >= 0, rps < 1e12 else { throw ValidationError("--rps is 0 or more") }
        guard serverConnections > 0 else { throw ValidationError("--server-connections is 1 or more") }
        guard maxConnections > PlanQuestion.spareConnections else {
            throw ValidationError("--max-connections is more than \(PlanQuestion.spareConnections)")
        }
    }

    func run() async throws {
        let question = PlanQuestion(
            tenants: tenants,
            requestsPerSecond: rps,
            memory: memory.bytes,
            maxConnections: maxConnections,
            serverConnections: serverConnections
        )
        let plan = Plan(question, by: try ComparisonFile.read(result))
        guard json else { return print(PlanText(plan: plan).text) }
        print(String(decoding: try ResultCoding.encoder.encode(plan), as: UTF8.self))
    }
}
