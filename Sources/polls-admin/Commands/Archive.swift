import ArgumentParser
import Provisioning
import Tenancy

/// Writes tenants into files.
struct Archive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes tenants into files, while they are served: a backup of each.",
        discussion: """
            One file for each, of one moment of its own, wherever it lives: its tables' rows, its settings and domains, and \
            which migrations it has. restore makes a tenant of it again.

              polls-admin archive potter
              polls-admin archive --all --to /var/backups/polls
              polls-admin archive potter --to - | zstd >potter.tenant.zst

            NAME-20260131T120000Z.tenant, with the time in UTC, is for its owner alone (mode 0600): it has the hashes of API \
            tokens, as the tenant's tables have. It gets that name when it is whole and on disk. One tenant's failure stops \
            no other (exit code 3).
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The tenants' names.")
    var name: [String] = []

    @Flag(help: "Every tenant.")
    var all = false

    @Option(
        help: ArgumentHelp("Folder for the files; - for standard output, with one name.", valueName: "folder"),
        completion: .directory
    )
    var to = "."

    @Option(help: ArgumentHelp("How many tenants at once, 1 to 4.", valueName: "number"))
    var width = 2

    func validate() throws {
        guard name.isEmpty == all else { throw ValidationError("give names, or --all") }
        guard (1...4).contains(width) else { throw ValidationError("--width is 1 to 4") }
        if to == "-" {
            guard name.count == 1 else { throw ValidationError("--to - goes with one name") }
            guard !output.json else { throw ValidationError("--json does not go with --to -") }
            guard !Output.isTerminal else {
                throw ValidationError("an archive is not for a terminal: lead it elsewhere")
            }
        }
        guard !to.isEmpty else { throw ValidationError("--to is empty") }
        _ = try NameList(name, file: nil)
    }

    func run() async throws {
        let names = try NameList(name, file: nil).names
        let code = try await shared.withSession { session -> ExitCode? in
            let fleet = session.fleet
            if to == "-", let name = names.first {
                _ = try await fleet.archive(name, toStream: Output.descriptor)
                return nil
            }
            let names = all ? try await fleet.archivable() : names
            var counts = (done: 0, failed: 0)
            try await fleet.archive(names, to: to, width: width) { name, outcome in
                switch outcome {
                case .success(let archive):
                    counts.done += 1
                    try show(archive)
                case .failure(let error):
                    counts.failed += 1
                    if output.json {
                        Output.line(try JSON.text(Failed(name: name.rawValue, error: FailureJSON(error))))
                    }
                    Output.error("\(names.count > 1 ? "\(name): " : "")\(Exit.text(of: error))")
                }
            }
            if names.isEmpty, !output.json { Output.line("There is no tenant.") }
            return Exit.code(done: counts.done, failed: counts.failed)
        }
        if let code { throw code }
    }

    private func show(_ archive: ArchivedTenant) throws {
        let path = archive.path ?? ""
        guard output.json else { return Output.line("\(path) (\(archive.rows) rows, \(archive.bytes / 1024) KiB)") }
        Output.line(
            try JSON.text(
                Result(
                    name: archive.header.tenant,
                    file: path,
                    archivedAt: archive.header.archivedAt,
                    schemaVersion: archive.header.schemaVersion,
                    rows: archive.rows,
                    bytes: archive.bytes,
                    sha256: archive.digest
                )
            )
        )
    }

    private struct Result: Encodable {
        let name: String
        let file: String
        let archivedAt: String
        let schemaVersion: Int32
        let rows: Int64
        let bytes: Int64
        let sha256: String
    }

    private struct Failed: Encodable {
        let name: String
        let error: FailureJSON
    }
}
