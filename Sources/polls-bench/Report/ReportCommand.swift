import ArgumentParser

/// Writes a comparison's report again, from its result.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Writes report.html and table.md again, from a comparison's result."
    )

    @Option(help: ArgumentHelp("A comparison's result.", valueName: "file"), completion: .file())
    var result = Compare.defaultFolder + "/result.json"
    @Option(help: ArgumentHelp("Where to write.", valueName: "folder"), completion: .directory)
    var output = Compare.defaultFolder

    func run() async throws {
        try ComparisonFile.write(try ComparisonFile.read(result), to: output)
        print("\(output)/report.html")
    }
}
