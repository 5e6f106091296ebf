import ArgumentParser
import Provisioning
import Tenancy

/// Drops tenants.
struct DropSchema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop-schema",
        abstract: "Drops tenants and all of their data, for ever.",
        discussion: """
            Asks for each tenant's name to be typed, and drops nothing before all of them were. Where there is no terminal \
            to ask on, --yes says that it is meant:

              polls-admin drop-schema potter --yes
              polls-admin drop-schema --file left.txt --yes --json
              polls-admin drop-schema potter --archive /var/backups/polls

            With several, one's failure does not stop the others (exit code 3).

            --archive suspends the tenant, archives it, and drops it only when that ended well: restore makes it again. \
            To take a tenant out of service and keep its data, suspend it.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenants: TenantNames

    @Flag(help: "Do not ask.")
    var yes = false

    @Option(
        help: ArgumentHelp("Archive them there before; see archive.", valueName: "folder"),
        completion: .directory
    )
    var archive: String?

    func validate() throws {
        guard yes || tenants.file != "-" else {
            throw ValidationError("the names come from where the answers would; to drop them all the same, give --yes")
        }
        guard archive != "", archive != "-" else { throw ValidationError("--archive is a folder") }
        guard yes || Output.isInteractive else {
            throw ValidationError("there is no terminal to ask on; to drop it all the same, give --yes")
        }
    }

    func run() async throws {
        let names = try tenants.read()
        let code = try await shared.withSession { session in
            var tally = Tally(json: output.json)
            let meant = yes ? names : try await ask(names, session.fleet, &tally)
            for name in meant {
                try await tally.add(name, "Dropped \(name).") { try await drop(name, session.fleet) }
            }
            return tally.code
        }
        if let code { throw code }
    }

    private func drop(_ name: TenantName, _ fleet: Fleet) async throws -> Result {
        guard let archive else {
            try await fleet.drop(name)
            return Result(name: name.rawValue, dropped: true, archive: nil)
        }
        var file: String?
        try await fleet.drop(name, archivingTo: archive) { archived in
            file = archived.path
            if !output.json { Output.line("Archived \(name) in \(archived.path ?? "").") }
        }
        return Result(name: name.rawValue, dropped: true, archive: file)
    }

    /// Those that are there, once all of their names were typed.
    private func ask(_ names: [TenantName], _ fleet: Fleet, _ tally: inout Tally) async throws -> [TenantName] {
        var meant: [TenantName] = []
        for (index, name) in names.enumerated() {
            let extent: String
            do { extent = try await self.extent(fleet, name) } catch {
                try tally.add(name, failure: error)
                continue
            }
            let place = names.count > 1 ? " (\(index + 1) of \(names.count))" : ""
            let end = archive == nil ? " for ever" : ""
            let answer = Output.ask("This drops \(name)\(end): \(extent).\nType its name to go on\(place): ")
            guard answer?.trimmingSpace() == name.rawValue else {
                Output.error("that is not its name. Nothing was dropped.")
                throw Exit.failed
            }
            meant.append(name)
        }
        return meant
    }

    /// What there is to lose, as far as it can be seen.
    private func extent(_ fleet: Fleet, _ name: TenantName) async throws -> String {
        do {
            let details = try await fleet.show(name)
            return "\(details.tables) tables, \(details.bytes / 1024) KiB"
        } catch let error as ProvisioningError where error.code == .connectionLost {
            return "its database does not answer"
        }
    }

    private struct Result: Encodable {
        let name: String
        let dropped: Bool
        /// `nil` without one.
        let archive: String?
    }
}
