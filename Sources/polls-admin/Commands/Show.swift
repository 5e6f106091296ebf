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
            let kept = details.kept.map { Result.Kept(at: $0.place.description, until: $0.dropAfter.text) }
            let move = details.move.map { Result.Move(to: $0.to.description, step: $0.step.rawValue) }
            if output.json {
                return Output.line(
                    try JSON.text(
                        Result(
                            tenant: tenant,
                            tables: details.tables,
                            bytes: details.bytes,
                            migrations: migrations,
                            kept: kept,
                            move: move
                        )
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
            for copy in kept { table.add(["old copy", "at \(copy.at), kept until \(copy.until)"]) }
            if let move { table.add(["move", "to \(move.to), not finished: \(move.step)"]) }
            Output.line(table.text)
        }
    }

    private struct Result: Encodable {
        let tenant: TenantOutput
        let tables: Int64
        let bytes: Int64
        let migrations: [Migration]
        /// Old copies that moves have left.
        let kept: [Kept]
        /// A move that is not finished.
        let move: Move?

        struct Kept: Encodable {
            let at: String
            let until: String
        }

        struct Move: Encodable {
            let to: String
            let step: String
        }

        struct Migration: Encodable {
            let version: Int32
            let appliedAt: String
            let durationMs: Double
        }
    }
}
