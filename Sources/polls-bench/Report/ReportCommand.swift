import ArgumentParser

/// Writes a comparison's report again, from its result.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Writes report.html and table.md again, from a comparison's result."
    )

    @Option(help: ArgumentHelp("A comparison's result.", valueName: "file"), completion: .file())
    var result = Compare.defaultFolder + "/result.json"
    @Option(help: ArgumentHelp("Where to write; beside the result.", valueName: "folder"), completion: .directory)
    var output: String?

    func run() async throws {
        let comparison = try ComparisonFile.read(result)
        let beside = result.lastIndex(of: "/").map { String(result[..<$0]) } ?? "."
        let output = output ?? (beside.isEmpty ? "/" : beside)
        try ComparisonFile.write(comparison, to: output)
        print("\(output)/report.html")
        for part in comparison.lacking { print("not measured: \(part.what): \(part.why)") }
    }
}
