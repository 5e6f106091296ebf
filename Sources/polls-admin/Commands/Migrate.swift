import ArgumentParser
import Provisioning
import Tenancy

/// Brings tenants' tables up to date.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings tenants' tables to this program's version.",
        discussion: """
            All of them, or those that are named.

              polls-admin migrate --dry-run
              polls-admin migrate potter
              polls-admin migrate --canary 10 --stop-after 20

            Each tenant is one transaction. One that waits too long for a lock is tried again later; one that fails \
            stays as it was, and stops no other (exit code 3). With --canary the others follow only when none of the \
            first ones has failed; with --stop-after no further one is begun after so many failures. Running it again \
            takes up what is left. On a terminal it says how far it is.
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

    @Option(
        help: ArgumentHelp("How many go first, by name; the rest only when all of them went well.", valueName: "number")
    )
    var canary: Int?

    @Option(help: ArgumentHelp("After so many failures, begin no further tenant.", valueName: "number"))
    var stopAfter: Int?

    func validate() throws {
        guard (1...4).contains(width) else { throw ValidationError("--width is 1 to 4") }
        guard canary ?? 1 > 0 else { throw ValidationError("--canary is 1 or more") }
        guard stopAfter ?? 1 > 0 else { throw ValidationError("--stop-after is 1 or more") }
        _ = try NameList(name, file: nil)
    }

    func run() async throws {
        let names = try NameList(name, file: nil).names
        var options = MigrationOptions(tenants: names.isEmpty ? nil : names)
        options.width = width
        options.canary = canary
        options.stopAfter = stopAfter
        let code = try await shared.withSession { [options] session -> ExitCode? in
            if dryRun {
                try show(try await session.provisioner.behind(options.tenants))
                return nil
            }
            var progress = ProgressLine()
            if progress.isShown { progress.total = try await session.provisioner.behind(options.tenants).count }
            let run = try await session.fleet.migrate(options) { _, outcome in
                switch outcome {
                case .success: progress.advance()
                case .failure(let error): progress.advance(failure: Exit.text(of: error))
                }
            }
            progress.clear()
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
        if run.left > 0 {
            Output.line(
                "Since they failed, \(run.left) were left as they were. Mend what is named above, and run it again."
            )
        }
    }

    private struct Result: Encodable {
        /// `nil` when there was nothing to do.
        let run: Int64?
        let migrated: [BehindOutput]
        let failed: [Failed]
        /// Not taken up, since others had failed.
        let left: Int

        struct Failed: Encodable {
            let name: String
            let error: FailureJSON
        }

        init(_ run: MigrationRun) {
            self.run = run.id
            migrated = run.migrated.map(BehindOutput.init)
            failed = run.failed.map { Failed(name: $0.tenant.rawValue, error: FailureJSON($0.error)) }
            left = run.left
        }
    }
}
