import ArgumentParser
import Provisioning
import Tenancy

/// Brings tenants' tables up to date.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings tenants' tables to this program's version.",
        discussion: """
            All of them, or those that are named: a canary first, then the rest.

              polls-admin migrate --dry-run
              polls-admin migrate potter
              polls-admin migrate

            Each tenant is one transaction. One that waits too long for a lock is tried again later; one that fails \
            stays as it was, and stops no other (exit code 3). Running it again takes up what is left.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Only these tenants.")
    var name: [String] = []

    @Flag(help: "Only say which tenants would be taken up.")
    var dryRun = false

    @Option(help: ArgumentHelp("How many tenants at once, 1 to 4.", valueName: "number"))
    var width = 2

    func validate() throws {
        guard (1...4).contains(width) else { throw ValidationError("--width is 1 to 4") }
        _ = try NameList(name, file: nil)
    }

    func run() async throws {
        let names = try NameList(name, file: nil).names
        var options = MigrationOptions(tenants: names.isEmpty ? nil : names)
        options.width = width
        let code = try await shared.withSession { [options] session -> ExitCode? in
            if dryRun {
                try show(try await session.provisioner.behind(options.tenants))
                return nil
            }
            let run = try await session.fleet.migrate(options) { _, outcome in
                if case .failure(let error) = outcome { Output.error(Exit.text(of: error)) }
            }
            try show(run)
            return Exit.code(done: run.migrated.count, failed: run.failed.count)
        }
        if let code { throw code }
    }

    private var nothingToDo: String {
        switch name.count {
        case 0: "No tenant is behind this program."
        case 1: "\(name[0]) is not behind this program."
        default: "None of these tenants is behind this program."
        }
    }

    private func show(_ behind: [MigratedTenant]) throws {
        if output.json { return Output.line(try JSON.text(behind.map(BehindOutput.init))) }
        guard !behind.isEmpty else { return Output.line(nothingToDo) }
        var table = Table("NAME", "FROM", "TO")
        for tenant in behind { table.add([tenant.name.rawValue, "\(tenant.from)", "\(tenant.to)"]) }
        Output.line(table.text)
    }

    private func show(_ run: MigrationRun) throws {
        if output.json { return Output.line(try JSON.text(Result(run))) }
        guard let id = run.id else { return Output.line(nothingToDo) }
        Output.line("Run \(id): \(run.migrated.count) migrated, \(run.failed.count) failed.")
    }

    private struct Result: Encodable {
        /// `nil` when there was nothing to do.
        let run: Int64?
        let migrated: [BehindOutput]
        let failed: [Failed]

        struct Failed: Encodable {
            let name: String
            let error: FailureJSON
        }

        init(_ run: MigrationRun) {
            self.run = run.id
            migrated = run.migrated.map(BehindOutput.init)
            failed = run.failed.map { Failed(name: $0.tenant.rawValue, error: FailureJSON($0.error)) }
        }
    }
}
