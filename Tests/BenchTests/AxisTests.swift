import Testing

@testable import polls_bench

@Suite struct AxisTests {
    @Test func aLinearAxisBeginsAtNothingAndHoldsAll() {
        let axis = Axis([3, 7, 18], scale: .linear)
        #expect(axis.ticks == [0, 5, 10, 15, 20])
        #expect(axis.position(of: 0) == 0)
        #expect(axis.position(of: 10) == 0.5)
    }

    @Test func aLogarithmicAxisHasPowersOfTen() {
        let axis = Axis([0.04, 1.5], scale: .logarithmic)
        #expect(axis.ticks.count == 4)
        #expect(abs(axis.lower - 0.01) < 1e-12)
        #expect(abs(axis.upper - 10) < 1e-12)
        #expect(abs(axis.position(of: 0.1) - 1.0 / 3) < 1e-9)
    }

    @Test func anAxisOfBytesHasRoundOnes() {
        let axis = Axis([600_000, 40_000_000], scale: .bytes)
        #expect(axis.ticks.map { Units.bytes($0) } == ["100 KiB", "1.0 MiB", "10 MiB", "100 MiB"])
    }

    @Test(arguments: [Axis.Scale.linear, .logarithmic, .bytes])
    func oddValuesMakeAnAxisToo(scale: Axis.Scale) {
        for values in [[], [0], [.nan], [5], [0, 0]] as [[Double]] {
            let axis = Axis(values, scale: scale)
            #expect(axis.upper > axis.lower)
            #expect(axis.ticks.count >= 2)
            #expect(axis.position(of: 0) == 0)
        }
    }

    @Test func marksAreTheNumbersOfTenants() {
        let axis = Axis(marking: [50, 1, 5])
        #expect(axis.ticks == [1, 5, 50])
        #expect(axis.position(of: 1) == 0)
        #expect(axis.position(of: 50) == 1)
    }
}
