/// pgbench, 8 connections, prepared statements: what PostgreSQL alone does with a statement.
struct Reference {
    let script: String

    init(_ bench: Workbench, name: String, sql: String) throws {
        script = try bench.write("\(name).sql", sql)
    }

    func run(_ bench: Workbench, seconds: Int) async throws -> Double {
        let output = try await Command(
            "pgbench",
            ["-n", "-M", "prepared", "-c", "8", "-j", "1", "-T", "\(seconds)", "-f", script, bench.operatorURL]
        ).run().text
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
            let number = line.dropFirst(6).split(separator: " ").first.flatMap({ Double($0) })
        else { throw Command.Failure(description: "pgbench printed no rate: \(output)") }
        return number
    }
}
