import FoundationEssentials
import Testing

@testable import polls_bench

@Suite struct ComparisonFileTests {
    @Test func aResultIsReadAsItWasWritten() throws {
        let comparison = Sample.comparison()
        #expect(try ComparisonFile.decode(ComparisonFile.encode(comparison), name: "result.json") == comparison)
    }

    @Test func whatIsUnknownIsKeptAsUnknown() throws {
        var comparison = Sample.comparison(counts: [1])
        comparison.byHand = ByHandFigures(tenants: 2, create: .nan, memoryPerTenant: .infinity)
        let read = try ComparisonFile.decode(ComparisonFile.encode(comparison), name: "result.json")
        #expect(read.byHand?.create.isNaN == true)
        #expect(read.byHand?.memoryPerTenant == .infinity)
    }

    @Test(arguments: [
        ("", "is no result of a comparison"), ("{}", "is no result of a comparison"),
        (#"{"format": 99}"#, "has the form 99"), (#"{"format": 2}"#, "is damaged"),
    ])
    func whatIsNoResultIsRefused(text: String, said: String) {
        let error = #expect(throws: ComparisonFile.Failure.self) {
            try ComparisonFile.decode(Array(text.utf8), name: "result.json")
        }
        #expect(error?.description.contains(said) == true)
        #expect(error?.description.hasPrefix("result.json") == true)
    }

    @Test func aMissingResultSaysHowToMakeOne() {
        let error = #expect(throws: ComparisonFile.Failure.self) { try ComparisonFile.read("/nowhere/result.json") }
        #expect(error?.description.contains("Run polls-bench compare first") == true)
    }

    @Test func aFolderGetsTheThreeFiles() throws {
        let folder = "/tmp/polls-bench-tests-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try ComparisonFile.write(Sample.comparison(), to: folder + "/made")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/made").sorted()
        #expect(names == ["report.html", "result.json", "table.md"])
        #expect(try ComparisonFile.read(folder + "/made/result.json") == Sample.comparison())
    }
}
