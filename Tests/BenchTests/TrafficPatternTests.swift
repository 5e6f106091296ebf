import Testing

@testable import polls_bench

@Suite struct TrafficPatternTests {
    @Test func theSameSeedGivesTheSameOrder() {
        let first = TrafficPattern.skewed.order(of: 20, length: 500, seed: 7)
        #expect(first == TrafficPattern.skewed.order(of: 20, length: 500, seed: 7))
        #expect(first != TrafficPattern.skewed.order(of: 20, length: 500, seed: 8))
    }

    /// SplitMix64's own first numbers for the seed 1234567.
    @Test func numbersAreThoseOfSplitMix64() {
        var generator = SeededGenerator(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }

    @Test(arguments: [TrafficPattern.uniform, .skewed], [1, 2, 50])
    func ordersFollowTheShares(pattern: TrafficPattern, tenants: Int) {
        let length = 20_000
        let order = pattern.order(of: tenants, length: length, seed: 1)
        #expect(order.count == length)
        for (tenant, share) in pattern.shares(of: tenants).enumerated() {
            let found = Double(order.filter { $0 == tenant }.count) / Double(length)
            #expect(abs(found - share) < 0.015, "tenant \(tenant) has \(found) of the requests, and \(share) is due")
        }
    }

    @Test func theFirstOfASkewedFleetIsTwiceAsBusyAsTheSecond() {
        let shares = TrafficPattern.skewed.shares(of: 50)
        #expect(abs(shares[0] / shares[1] - 2.1435) < 0.001)
        #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
    }
}
