import Testing

@testable import polls_bench

@Suite struct MeasurementTests {
    @Test func theAftermathCountsWhatWasAnsweredAfterTheMoment() {
        let samples = [
            SteadyLoad.Sample(due: 0.1, latency: 5, succeeded: false),
            SteadyLoad.Sample(due: 0.9, latency: 300, succeeded: true),
            SteadyLoad.Sample(due: 1.5, latency: 100, succeeded: false),
            SteadyLoad.Sample(due: 2, latency: 5, succeeded: true),
        ]
        let after = BlastMeasurement.aftermath(samples, since: 1)
        #expect(after.asked == 3)
        #expect(after.failed == 1)
        #expect(abs(after.lastFailure - 0.6) < 1e-9)
        #expect(after.slowest == 300)
    }

    @Test func theResetRunsWhatComesBeforeTheLastMigration() {
        let files = [("0002_more.sql", "create table b ();"), ("0001_first.sql", "create table a ();")]
            .map { (file: $0.0, bytes: Array($0.1.utf8)) }
        let script = MigrationReset.script("potter", migrations: files)
        #expect(script.contains("create table a ();"))
        #expect(!script.contains("create table b ();"))
        #expect(script.contains("set schema_version = 1 where name = 'potter'"))
        #expect(script.contains("version >= 2"))
    }

    @Test(arguments: [
        ("Requests/sec:  12339.88", "Requests/sec:", 12339.88),
        ("  Non-2xx or 3xx responses: 17", "Non-2xx or 3xx responses:", 17),
    ])
    func numbersOfWrkAreRead(text: String, label: String, number: Double) {
        #expect(Load.number(after: label, in: text) == number)
    }

    @Test(arguments: [("  99%  850.00us", 0.85), ("  99%    3.21ms", 3.21), ("  99%    1.50s", 1500)])
    func timesOfWrkAreRead(text: String, milliseconds: Double) {
        #expect(Load.milliseconds(after: "99%", in: text) == milliseconds)
    }
}
