import ArgumentParser
import Provisioning
import Tenancy

/// Moves a tenant between levels and servers.
struct Move: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Moves a tenant to another level or server, while it is served.",
        discussion: """
            Reading goes on throughout. Writing waits for a moment at the end; a wait of more than two seconds is \
            answered 503. Every row and a checksum of every table are held against each other before the switch. The \
            old copy takes no more writes, and is kept for --keep.

              polls-admin move potter --to database --dry-run
              polls-admin move potter --to database@asgard
              polls-admin move potter --undo

            --undo moves it back to where it came from, with the writes since. Killed at any point, --resume takes the \
            move up, and --abort takes it back, unless it has switched. A suspended tenant moves too, and stays suspended; \
            it can be resumed when the move is done.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The tenant's name.")
    var name: String?

    @Option(help: ArgumentHelp("schema, database, database@SERVER or container.", valueName: "level"))
    var to: String?

    @OptionGroup var options: MoveOptions

    @Flag(help: "Move back to where it came from.")
    var undo = false

    @Flag(help: "Take up a move that was killed.")
    var resume = false

    @Flag(help: "Take back a move that was killed.")
    var abort = false

    @Flag(help: "Remove the old copies whose time has come; with a name, that tenant's at once.")
    var sweep = false

    func validate() throws {
        let modes = [to != nil, undo, resume, abort, sweep].filter { $0 }.count
        guard modes == 1 else { throw ValidationError("give one of --to, --undo, --resume, --abort and --sweep") }
        guard sweep || name != nil else { throw ValidationError("give the tenant's name") }
        guard !options.dryRun || to != nil || undo else { throw ValidationError("--dry-run goes with --to or --undo") }
        do {
            if let to { _ = try Destination(to) }
            if let name { _ = try TenantName(name) }
        } catch let error as ValidationError { throw error } catch { throw ValidationError("\(error)") }
    }

    func run() async throws {
        let destination = try to.map { try Destination($0) }
        let name = try name.map { try TenantName($0) }
        let printer = MovePrinter(json: output.json)
        let code = try await shared.withSession { session -> ExitCode? in
            let fleet = session.fleet
            guard let name, !sweep else {
                let counts = try await fleet.sweep(only: name, report: printer.print)
                if counts == (0, 0), !output.json {
                    Output.line(name.map { "No old copy of \($0) is kept." } ?? "No old copy's time has come.")
                }
                return Exit.code(done: counts.removed, failed: counts.failed)
            }
            if abort {
                try printer.print(aborted: try await fleet.abortMove(name), of: name)
            } else if resume {
                let outcome = try await InterruptionNotice.during(MoveOptions.unfinished(name)) {
                    try await fleet.resumeMove(name, report: printer.report)
                }
                try printer.print(outcome)
            } else {
                let target: Destination
                if let destination { target = destination } else { target = try await fleet.origin(of: name) }
                try await options.move(name, to: target, fleet, printer)
            }
            return nil
        }
        if let code { throw code }
    }
}

/// Moves a tenant to containers of its own.
struct Isolate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Moves a tenant to a server and a PostgreSQL of its own.",
        discussion: """
            The same as move NAME --to container; move NAME --undo takes it back.

              polls-admin isolate potter
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenant: NameArgument
    @OptionGroup var options: MoveOptions

    func run() async throws {
        let name = try tenant.name
        let printer = MovePrinter(json: output.json)
        try await shared.withSession { session in
            try await options.move(name, to: Destination(level: .container), session.fleet, printer)
        }
    }
}

/// What goes for every move.
struct MoveOptions: ParsableArguments {
    @Flag(help: "Only check, and print the plan.")
    var dryRun = false

    @Option(help: ArgumentHelp("How long the old copy is kept: a number and s, m, h or d.", valueName: "time"))
    var keep = "7d"

    func validate() throws { _ = try KeepTime(keep) }

    static func unfinished(_ name: TenantName) -> String {
        "The move is not finished, and the tenant is served. Run move \(name) --resume, or move \(name) --abort."
    }

    /// Plans the move, and carries it out unless it is only asked for.
    func move(_ name: TenantName, to target: Destination, _ fleet: Fleet, _ printer: MovePrinter) async throws {
        let plan = try await fleet.planMove(name, to: target)
        try printer.print(plan, isAll: dryRun)
        if dryRun { return }
        let keepSeconds = try KeepTime(keep).seconds
        let outcome = try await InterruptionNotice.during(Self.unfinished(name)) {
            try await fleet.move(plan, keepSeconds: keepSeconds, report: printer.report)
        }
        try printer.print(outcome)
        // Whoever moves, tidies up; what cannot be reached waits for the next one.
        _ = try? await fleet.sweep()
    }
}

/// How long an old copy is kept, as `7d`.
struct KeepTime {
    let seconds: Int64

    init(_ text: String) throws {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
            (0...3650).contains(number) || (unit < 86_400 && (0...315_360_000).contains(number))
        else { throw ValidationError("--keep is a number and s, m, h or d, such as 7d") }
        seconds = number * unit
    }

    /// A time as it would be given: `7d`.
    static func text(_ seconds: Int64) -> String {
        for (unit, letter) in [(86_400, "d"), (3600, "h"), (60, "m")] where seconds % Int64(unit) == 0 {
            return "\(seconds / Int64(unit))\(letter)"
        }
        return "\(seconds)s"
    }
}
