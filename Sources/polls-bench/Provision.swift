import ArgumentParser
import FoundationEssentials
import Migrations

/// Making tenants, beside psql running the same SQL; and the server's start with many tenants.
struct Provision: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures create-schema beside psql, and the server's start with 1,000 tenants."
    )

    @Option(help: "Tenants made in one go.") var tenants = 1000
    @Option(help: "Single tenants made, each by a process of its own.") var singles = 11
    @Option(help: "Port for the server.") var port = 18_291

    func validate() throws {
        guard (1...100_000).contains(tenants) else { throw ValidationError("--tenants is 1 to 100000") }
        guard (1...1000).contains(singles) else { throw ValidationError("--singles is 1 to 1000") }
        guard (1...65_535).contains(port) else { throw ValidationError("--port is 1 to 65535") }
    }

    func run() async throws {
        try await Interruption.ends { try await Workbench.with { bench in try await measure(bench) } }
    }

    private func measure(_ bench: Workbench) async throws {
        let migration = EmbeddedMigrations.tenant.map { String(decoding: $0.bytes, as: UTF8.self) }
            .joined(separator: "\n")
        let single = try await measureSingles(bench, migration)
        let bulk = try await measureBulk(bench, migration)
        let start = try await measureStart(bench) * 1000
        let overPsql = single.ours / single.psql
        let bulkOverPsql = bulk.ours / bulk.psql
        let figures = [
            Figure(name: "psql, one tenant's SQL", value: "\((single.psql * 1000).text(1)) ms"),
            Figure(name: "polls-admin create-schema", value: "\((single.ours * 1000).text(1)) ms"),
            Figure(name: "  over psql", value: overPsql.text(), target: "at most 3", holds: overPsql <= 3),
            Figure(name: "psql, \(tenants) tenants", value: "\(bulk.psql.text(0))/s"),
            Figure(name: "create-schema --file", value: "\(bulk.ours.text(0))/s"),
            Figure(
                name: "  over psql",
                value: bulkOverPsql.text(),
                target: "at least 0.6",
                holds: bulkOverPsql >= 0.6
            ),
            Figure(
                name: "server's start to its first answer",
                value: "\(start.text(0)) ms",
                target: "at most 300",
                holds: start <= 300
            ),
        ]
        print("\n" + Figure.table(figures))
    }

    /// Seconds for one tenant, the medians.
    private func measureSingles(_ bench: Workbench, _ migration: String) async throws -> (ours: Double, psql: Double) {
        var (ours, psql) = ([Double](), [Double]())
        for number in 0..<singles {
            ours.append(try await bench.admin("create-schema", "single\(number)", "--no-token").seconds)
            let file = try bench.write("single.sql", Self.sameSQL("plain\(number)", migration))
            psql.append(try await bench.psql(file: file).seconds)
        }
        return (median(ours), median(psql))
    }

    /// Tenants a second, of many in one go.
    private func measureBulk(_ bench: Workbench, _ migration: String) async throws -> (ours: Double, psql: Double) {
        let sql = (0..<tenants).map { Self.sameSQL("bulk\($0)", migration) }.joined(separator: "\n")
        let file = try bench.write("bulk.sql", sql)
        let names = try bench.write("names", (0..<tenants).map { "many\($0)" }.joined(separator: "\n") + "\n")
        let psql = try await bench.psql(file: file).seconds
        let ours = try await bench.admin("create-schema", "--file", names, "--no-token").seconds
        return (Double(tenants) / ours, Double(tenants) / psql)
    }

    /// Seconds from the server's start to its first answer, with all of those tenants; the median.
    private func measureStart(_ bench: Workbench) async throws -> Double {
        let server = Command(
            bench.binaries + "/polls-server",
            [],
            environment: ["DATABASE_URL": bench.appURL, "HOST": "127.0.0.1", "PORT": "\(port)"]
        )
        var starts: [Double] = []
        for _ in 0..<5 {
            starts.append(
                try await ServerProcess.with(server, port: port, probe: "/polls/", host: "many0.polls.localhost") {
                    $0.startSeconds
                }
            )
        }
        return median(starts)
    }

    /// What creating a tenant does, as a person would type it.
    private static func sameSQL(_ name: String, _ migration: String) -> String {
        """
        begin;
        select pg_advisory_xact_lock(hashtext('\(name)'));
        create role "tenant_\(name)" nologin noinherit;
        grant "tenant_\(name)" to polls_app;
        create schema "\(name)";
        set local search_path to "\(name)";
        \(migration)
        grant usage on schema "\(name)" to "tenant_\(name)";
        grant select, insert, update, delete on question, choice, vote, api_token to "tenant_\(name)";
        grant usage on sequence question_id_seq, choice_id_seq to "tenant_\(name)";
        commit;

        """
    }
}
