import Testing

@testable import polls_bench

@Suite struct SteadyLoadTests {
    @Test func aLoadGoesOnForAsLongAsNobodyAnswersAndNotForEver() async throws {
        let load = SteadyLoad(port: try FreePort.find(), tenants: ["nobody"], requestsPerSecond: 10)
        let samples = try await load.run(seconds: 1, untilAnsweredFor: 2)
        #expect(samples.count == 20)
        #expect(samples.allSatisfy { !$0.succeeded })
        let due = Set(samples.map { Int(($0.due * 10).rounded()) })
        #expect(due == Set(0..<20))
    }
}
