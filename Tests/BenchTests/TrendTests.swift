import Testing

@testable import polls_bench

@Suite struct TrendTests {
    @Test func measurementsAreMetAndBetweenThemItIsStraight() throws {
        let trend = try #require(Trend([(0, 100), (10, 300), (20, 700)]))
        #expect(trend.value(at: 0) == 100)
        #expect(trend.value(at: 10) == 300)
        #expect(trend.value(at: 15) == 500)
        #expect(trend.measuredUpTo == 20)
    }

    @Test func beyondTheLastItGoesOnAsTheUpperHalfDid() throws {
        let trend = try #require(Trend([(0, 0), (1, 50), (10, 100), (20, 200)]))
        #expect(trend.value(at: 40) == 400)
    }

    @Test func itNeverFalls() throws {
        let trend = try #require(Trend([(1, 30), (10, 20), (20, 10)]))
        #expect(trend.value(at: 1000) == 10)
        #expect(trend.tenants(within: 30) == nil)
    }

    @Test func noiseInTheUpperHalfDoesNotMakeItFlat() throws {
        let trend = try #require(Trend([(0, 0), (1, 200), (2, 180)]))
        #expect(trend.value(at: 12) == 1080)
    }

    @Test func aCeilingHolds() throws {
        let trend = try #require(Trend([(0, 5), (10, 15)], ceiling: 37))
        #expect(trend.value(at: 1000) == 37)
        #expect(trend.tenants(within: 36) == 31)
        #expect(trend.tenants(within: 37) == nil)
    }

    @Test(arguments: [(99.0, 0), (100, 0), (109, 0), (110, 1), (1105, 100)])
    func theLargestNumberWithinALimitIsFound(limit: Double, tenants: Int) throws {
        let trend = try #require(Trend([(0, 100), (10, 200), (20, 300)]))
        #expect(trend.tenants(within: limit) == tenants)
    }

    @Test func measurementsOfTheSameNumberCountOnce() throws {
        let trend = try #require(Trend([(0, 90), (0, 100), (0, 300), (10, 200), (10, .nan)]))
        #expect(trend.value(at: 0) == 100)
        #expect(trend.value(at: 5) == 150)
    }

    @Test func nothingMeasuredIsNoTrend() { #expect(Trend([(1, .nan)]) == nil) }
}
