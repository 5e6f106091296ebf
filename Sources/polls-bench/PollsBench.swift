import ArgumentParser

/// Measures this product beside its references.
@main
struct PollsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "polls-bench",
        abstract:
            "Measures the server, the provisioner and the levels of isolation beside their references, in one run.",
        discussion: """
            Every figure stands beside a reference that was measured in the same run, on the same machine, turn and turn \
            about, and what counts is the ratio of the medians. Needs wrk, and PostgreSQL's pgbench and psql.
            """,
        subcommands: [Serve.self, Provision.self, Compare.self, ReportCommand.self, PlanCommand.self]
    )
}
