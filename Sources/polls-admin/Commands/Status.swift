import ArgumentParser
import Postgres
import Provisioning

/// How the fleet is.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says how many tenants there are, and whose tables are behind this program's.",
        discussion: "  polls-admin status\n  polls-admin status --json | jq '.behind | length'"
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await shared.withSession { session in
            let status = try await session.provisioner.status()
            Output.line(output.json ? try JSON.text(Result(status)) : text(status))
        }
    }

    private func text(_ status: FleetStatus) -> String {
        let registry = status.registry
        var table = Table("FLEET", "")
        table.add([
            "registry",
            "version \(registry.version), tenant roles \(registry.tenantRoles ? "on" : "off"), app login \(registry.appLogin)",
        ])
        let active = status.tenants - status.suspended - status.changing
        table.add([
            "tenants",
            "\(status.tenants): \(active) active, \(status.suspended) suspended, \(status.changing) changing",
        ])
        table.add(["behind", "\(status.behindCount), of version \(status.version)"])
        if status.ahead > 0 { table.add(["ahead", "\(status.ahead): use the newer program"]) }
        if let run = status.lastRun {
            let end = run.finishedAt.map { "ended \($0.text)" } ?? "not ended"
            table.add(["last run", "\(run.id), \(end): \(run.done) migrated, \(run.failed) failed"])
        }
        guard !status.behind.isEmpty else { return table.text }
        var behind = Table("BEHIND", "VERSION")
        for tenant in status.behind { behind.add([tenant.name.rawValue, "\(tenant.from)"]) }
        return table.text + "\n\n" + behind.text + "\n\nBring them up to date: polls-admin migrate"
    }

    private struct Result: Encodable {
        let registryVersion: Int32
        let tenantRoles: Bool
        let appLogin: String
        let version: Int32
        let tenants: Int64
        let suspended: Int64
        let changing: Int64
        let ahead: Int64
        let behind: [BehindOutput]
        let lastRun: Run?

        struct Run: Encodable {
            let id: Int64
            let startedAt: String
            let finishedAt: String?
            let done: Int32
            let failed: Int32
        }

        init(_ status: FleetStatus) {
            registryVersion = status.registry.version
            tenantRoles = status.registry.tenantRoles
            appLogin = status.registry.appLogin
            version = status.version
            tenants = status.tenants
            suspended = status.suspended
            changing = status.changing
            ahead = status.ahead
            behind = status.behind.map(BehindOutput.init)
            lastRun = status.lastRun.map {
                Run(
                    id: $0.id,
                    startedAt: $0.startedAt.text,
                    finishedAt: $0.finishedAt?.text,
                    done: $0.done,
                    failed: $0.failed
                )
            }
        }
    }
}

/// A tenant that is behind, for programs.
struct BehindOutput: Encodable {
    let name: String
    let from: Int32
    let to: Int32

    init(_ tenant: MigratedTenant) {
        name = tenant.name.rawValue
        from = tenant.from
        to = tenant.to
    }
}
