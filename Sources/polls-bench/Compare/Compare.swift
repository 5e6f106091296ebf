import ArgumentParser
import FoundationEssentials
import Logging

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The levels side by side.
struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the levels schema, database and container side by side.",
        discussion: """
            Each level and number of tenants has a deployment of its own in a scratch folder, behind one nginx. Writes \
            result.json, report.html and table.md. Needs wrk and nginx (scripts/install-tools wrk nginx).

              polls-bench compare
              polls-bench compare --quick
              polls-bench compare --levels schema,container --counts 1,20 --seconds 5

            What cannot be measured is left out, and the result says why; then the exit code is 3, unless it was for \
            want of memory. polls-bench plan uses the result.
            """
    )

    static let defaultFolder = ".polls/comparison"

    @Option(help: "Levels, with commas.", transform: Compare.parseLevels)
    var levels = Level.allCases
    @Option(help: "Numbers of tenants, with commas.", transform: Compare.parseCounts)
    var counts = [1, 2, 5, 10, 20, 50]
    @Option(help: "Seconds of each measurement under load.") var seconds = 4
    @Option(help: "Rounds of each measurement under load; medians count.") var rounds = 3
    @Option(help: "Decides the order in which tenants are asked.") var seed: UInt64 = 42
    @Option(help: "What containers run on: auto, docker or process.") var runtime = "auto"
    @Option(help: ArgumentHelp("Where the results are written.", valueName: "folder"), completion: .directory)
    var output = Compare.defaultFolder
    @Option(
        help: ArgumentHelp("Where polls-admin and polls-server are; beside this program.", valueName: "folder"),
        completion: .directory
    )
    var programs: String?
    @Flag(help: "1 and 2 tenants, a second and a round each: to see whether all of it works.") var quick = false
    @Flag(help: "Leave out the references: by hand, the empty handler, moves.") var noReferences = false

    func validate() throws {
        guard ["auto", "docker", "process"].contains(runtime) else {
            throw ValidationError("--runtime is auto, docker or process")
        }
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds is 1 to 600") }
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds is 1 to 99") }
    }

    func run() async throws {
        let folder = "/tmp/polls-compare-\(ProcessInfo.processInfo.processIdentifier)"
        let programs = try programs ?? Workbench.ownFolder()
        try checkPrograms(programs)
        try checkOutput()
        try DeploymentProcesses.adoptOrphans()
        // A reader of the progress that goes away, such as head, must not end this program before it has cleaned up.
        signal(SIGPIPE) { _ in }
        // The level container alone runs on one of them.
        let (runtime, why) =
            levels.contains(.container)
            ? try await LevelAdmin.choose(runtime) : (.process, "the level container was not asked for")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var logger = Logger(label: "polls-bench")
        logger.logLevel = .critical
        let plan = CompareRun.Plan(
            levels: levels,
            counts: quick ? [1, 2] : counts,
            seconds: quick ? 1 : seconds,
            rounds: quick ? 1 : rounds,
            seed: seed,
            byHandTenants: noReferences ? nil : quick ? 2 : 20,
            moveVotes: quick ? 5000 : 100_000,
            runtimeReason: why,
            isOptimised: Self.isOptimised(programs)
        )
        let options = Site.Options(folder: folder, programs: programs, runtime: runtime, logger: logger)
        let run = CompareRun(plan: plan, options: options, output: output)
        let result: Result<CompareRun.Outcome, any Error>
        do { result = .success(try await Interruption.ends { try await run.measure() }) } catch {
            result = .failure(error)
        }
        await DeploymentProcesses.endAll()
        try? FileManager.default.removeItem(atPath: folder)
        let outcome = try result.get()
        print("\n" + Figure.table(outcome.figures) + "\n\n\(output)/report.html")
        for failure in outcome.failures { print("left out: \(failure)") }
        if !outcome.failures.isEmpty { throw ExitCode(3) }
    }

    /// Programs beside this one were built as this one was.
    private static func isOptimised(_ programs: String) -> Bool {
        #if DEBUG
        let isOptimised = false
        #else
        let isOptimised = true
        #endif
        return programs == (try? Workbench.ownFolder()) ? isOptimised : !programs.contains("debug")
    }

    /// Better now than after the first measurement.
    private func checkOutput() throws {
        let files = FileManager.default
        guard (try? files.createDirectory(atPath: output, withIntermediateDirectories: true)) != nil,
            files.isWritableFile(atPath: output)
        else {
            throw CompareFailure("cannot write into \(output)", next: "Name another folder: --output.")
        }
    }

    private func checkPrograms(_ folder: String) throws {
        for name in ["polls-admin", "polls-server"]
        where !FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            throw CompareFailure(
                "there is no \(name) in \(folder)",
                next: "Build it (swift build -c release), or name its folder: --programs."
            )
        }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let missing = [("wrk", "wrk"), ("nginx", BenchNginx.program)].filter { _, program in
            program.contains("/")
                ? !FileManager.default.isExecutableFile(atPath: program)
                : !folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
        }.map(\.0)
        guard missing.isEmpty else {
            throw CompareFailure(
                "\(missing.joined(separator: " and ")) \(missing.count == 1 ? "is" : "are") missing",
                next: "Install what is missing: scripts/install-tools wrk nginx"
            )
        }
    }

    @Sendable private static func parseLevels(_ text: String) throws -> [Level] {
        let found = try text.split(separator: ",").map { word in
            guard let level = Level(rawValue: String(word)) else {
                throw ValidationError("\(word) is no level: schema, database or container")
            }
            return level
        }
        guard !found.isEmpty else { throw ValidationError("--levels names one at least") }
        return Level.allCases.filter(found.contains)
    }

    @Sendable private static func parseCounts(_ text: String) throws -> [Int] {
        let found = try text.split(separator: ",").map { word in
            guard let count = Int(word), (1...1000).contains(count) else {
                throw ValidationError("\(word) is no number of tenants from 1 to 1000")
            }
            return count
        }
        guard !found.isEmpty else { throw ValidationError("--counts names one at least") }
        return Set(found).sorted()
    }
}
