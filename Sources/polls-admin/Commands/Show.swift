import ArgumentParser
import Provisioning

/// Shows one tenant.
struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows one tenant, and what it takes up.",
        discussion: "  polls-admin show potter\n  polls-admin show potter --json | jq .bytes"
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenant: NameArgument

    func run() async throws {
        let name = try tenant.name
        try await shared.withSession { session in
            let details = try await session.fleet.show(name)
            let tenant = TenantOutput(details.tenant, settings: session.settings)
            let migrations = details.migrations.map {
                Result.Migration(version: $0.version, appliedAt: $0.at.text, durationMs: Double($0.microseconds) / 1000)
            }
            if output.json {
                return Output.line(
                    try JSON.text(
                        Result(tenant: tenant, tables: details.tables, bytes: details.bytes, migrations: migrations)
                    )
                )
            }
            var table = Table("TENANT", tenant.name)
            table.add(["url", tenant.url])
            for domain in tenant.domains { table.add(["domain", domain]) }
            table.add(["state", tenant.state])
            table.add(["level", tenant.level + (tenant.server.map { " on the server \($0)" } ?? "")])
            table.add(["writing", tenant.open ? "open to anybody" : "with a token"])
            table.add(["schema", tenant.schema])
            if let role = tenant.role { table.add(["role", role]) }
            table.add(["id", tenant.id])
            table.add(["created", tenant.createdAt])
            table.add(["tables", "\(details.tables), \(details.bytes / 1024) KiB"])
            for migration in migrations {
                table.add(["migration", "\(migration.version), \(migration.appliedAt), \(migration.durationMs) ms"])
            }
            Output.line(table.text)
        }
    }

    private struct Result: Encodable {
        let tenant: TenantOutput
        let tables: Int64
        let bytes: Int64
        let migrations: [Migration]

        struct Migration: Encodable {
            let version: Int32
            let appliedAt: String
            let durationMs: Double
        }
    }
}
