import ArgumentParser
import Testing

@testable import polls_bench

@Suite struct CommandTests {
    @Test func listsAreSortedAndWithoutRepeats() throws {
        let command = try Compare.parse(["--levels", "container,schema", "--counts", "20,1,20"])
        #expect(command.levels == [.schema, .container])
        #expect(command.counts == [1, 20])
    }

    @Test(arguments: [
        (["--levels", "cluster"], "cluster is no level"), (["--counts", "0"], "0 is no number of tenants"),
        (["--runtime", "podman"], "auto, docker or process"), (["--seconds", "0"], "1 to 600"),
    ])
    func wrongUseIsExplained(arguments: [String], said: String) {
        #expect { try Compare.parse(arguments) } throws: { Compare.message(for: $0).contains(said) }
    }

    @Test(arguments: [
        ["--tenants", "0", "--memory", "8GB"], ["--tenants", "5", "--memory", "much"], ["--tenants", "5"],
        ["--tenants", "5", "--memory", "8GB", "--rps", "-1"],
    ])
    func aPlanNeedsSensibleNumbers(arguments: [String]) {
        #expect(throws: (any Error).self) { try PlanCommand.parse(arguments) }
    }
}
