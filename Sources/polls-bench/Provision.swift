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

    func run() async throws {
        try await Workbench.with { bench in try await measure(bench) }
    }

    private func measure(_ bench: Workbench) async throws {
        let migration = EmbeddedMigrations.tenant.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(
            separator: "\n"
        )
        var ours: [Double] = []
        var theirs: [Double] = []
        for number in 0..<singles {
            ours.append(try await bench.admin("create-schema", "single\(number)", "--no-token").seconds)
            let file = try bench.write("single.sql", Self.sameSQL("plain\(number)", migration))
            theirs.append(try await bench.psql(file: file).seconds)
        }
        let bulkSQL = (0..<tenants).map { Self.sameSQL("bulk\($0)", migration) }.joined(separator: "\n")
        let file = try bench.write("bulk.sql", bulkSQL)
        let names = try bench.write("names", (0..<tenants).map { "many\($0)" }.joined(separator: "\n") + "\n")
        let psqlSeconds = try await bench.psql(file: file).seconds
        let adminSeconds = try await bench.admin("create-schema", "--file", names, "--no-token").seconds

        let server = Command(
            bench.binaries + "/polls-server",
            [],
            environment: ["DATABASE_URL": bench.appURL, "HOST": "127.0.0.1", "PORT": "\(port)"]
        )
        var starts: [Double] = []
        for _ in 0..<5 {
            starts.append(
                try await ServerProcess.with(server, port: port, probe: "/polls/", host: "many1.polls.localhost") {
                    $0.startSeconds
                }
            )
        }

        let single = median(ours) / median(theirs)
        let bulk = (Double(tenants) / adminSeconds) / (Double(tenants) / psqlSeconds)
        let start = median(starts) * 1000
        print(
            "\n"
                + Figure.table([
                    Figure(
                        name: "psql, one tenant's SQL",
                        value: "\((median(theirs) * 1000).text(1)) ms",
                        target: "",
                        holds: nil
                    ),
                    Figure(
                        name: "polls-admin create-schema",
                        value: "\((median(ours) * 1000).text(1)) ms",
                        target: "",
                        holds: nil
                    ),
                    Figure(name: "  over psql", value: single.text(), target: "at most 3", holds: single <= 3),
                    Figure(
                        name: "psql, \(tenants) tenants",
                        value: "\((Double(tenants) / psqlSeconds).text(0))/s",
                        target: "",
                        holds: nil
                    ),
                    Figure(
                        name: "create-schema --file",
                        value: "\((Double(tenants) / adminSeconds).text(0))/s",
                        target: "",
                        holds: nil
                    ),
                    Figure(name: "  over psql", value: bulk.text(), target: "at least 0.6", holds: bulk >= 0.6),
                    Figure(
                        name: "server's start to its first answer",
                        value: "\(start.text(0)) ms",
                        target: "at most 300",
                        holds: start <= 300
                    ),
                ])
        )
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
        grant select, insert, update, delete on all tables in schema "\(name)" to "tenant_\(name)";
        grant usage on all sequences in schema "\(name)" to "tenant_\(name)";
        commit;

        """
    }
}
