import ArgumentParser
import Provisioning
import Settings
import Tenancy

/// Makes a tenant of an archive.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a tenant of a file that archive wrote.",
        discussion: """
            All of the file is read and checked before anything is done. The tenant is made in one transaction, in a schema, \
            and brought to this program's version: it is there whole, or not at all. It must not exist.

              polls-admin restore potter-20260131T120000Z.tenant --dry-run
              polls-admin restore potter-20260131T120000Z.tenant
              polls-admin restore potter-20260131T120000Z.tenant --as hermione

            Under its own name its API tokens and domains are those of the archive; make void what has leaked since, with \
            token --replace. With --as it is another tenant: no domain leads to it, the archive's tokens are not valid \
            there, and one of its own is shown, only this once.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The archive.", completion: .file(extensions: ["tenant"]))
    var file: String

    @Option(name: .customLong("as"), help: ArgumentHelp("Make another tenant of it.", valueName: "name"))
    var other: String?

    @Flag(help: "Leave its domains out, as when they lead to another tenant now.")
    var withoutDomains = false

    @Flag(help: "Make no API token, with --as.")
    var noToken = false

    @Flag(help: "Only check the file, say what is in it, and whether it can be restored here.")
    var dryRun = false

    func validate() throws {
        guard !noToken || other != nil else { throw ValidationError("--no-token goes with --as") }
        do { if let other { _ = try TenantName(other) } } catch { throw ValidationError(error.description) }
    }

    func run() async throws {
        var options = RestoreOptions(as: try other.map { try TenantName($0) })
        options.withoutDomains = withoutDomains
        options.withToken = !noToken
        // A file that is damaged needs no database to be found out.
        try await TenantArchive.with(file) { [options] archive in
            try await shared.withSession { session in
                let base = session.settings.baseDomain
                let domains = try archive.tenant(options).domains
                if let own = domains.first(where: { $0.host == base || $0.host.hasSuffix("." + base) }) {
                    throw WrongUse("\(own) is below \(base), where hosts are tenants' names: give --without-domains.")
                }
                if dryRun {
                    try show(archive)
                    try await session.fleet.checkRestore(of: archive, options)
                    if !output.json { Output.line("It can be restored here.") }
                    return
                }
                let created = try await session.fleet.restore(archive, options)
                var printer = CreatedPrinter(
                    names: [created.name],
                    level: .schema,
                    settings: session.settings,
                    json: output.json,
                    withToken: created.token != nil
                )
                try printer.print(created)
            }
        }
    }

    private func show(_ archive: TenantArchive) throws {
        let header = archive.header
        let tables = zip(header.tables, archive.trailer.rows).map { Result.Table(name: $0.name, rows: $1) }
        if output.json {
            let result = Result(
                name: header.tenant,
                archivedAt: header.archivedAt,
                level: header.level,
                schemaVersion: header.schemaVersion,
                domains: header.domains,
                tables: tables
            )
            return Output.line(try JSON.text(result))
        }
        var table = Table("TENANT", header.tenant)
        table.add(["archived", header.archivedAt])
        table.add(["level", header.level])
        table.add(["schema version", "\(header.schemaVersion)"])
        for domain in header.domains { table.add(["domain", domain]) }
        for rows in tables { table.add([rows.name, "\(rows.rows) rows"]) }
        Output.line(table.text)
    }

    private struct Result: Encodable {
        let name: String
        let archivedAt: String
        let level: String
        let schemaVersion: Int32
        let domains: [String]
        let tables: [Table]

        struct Table: Encodable {
            let name: String
            let rows: Int64
        }
    }
}
