import Testing

@testable import polls_bench

@Suite struct SteadyLoadTests {
    @Test func aLoadGoesOnForAsLongAsNobodyAnswersAndNotForEver() async throws {
        let load = SteadyLoad(port: try FreePort.find(), tenants: ["nobody"], requestsPerSecond: 10)
        let samples = try await load.run(seconds: 1, untilAnsweredFor: 2)
        #expect(samples.count == 20)
        #expect(samples.allSatisfy { !$0.succeeded })
        #expect((samples.map(\.due).max() ?? 0) > 1.85)
    }
}
