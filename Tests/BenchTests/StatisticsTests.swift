import Testing

@testable import polls_bench

@Suite struct StatisticsTests {
    @Test(arguments: [([], Double.nan), ([3], 3), ([1, 9], 5), ([9, 1, 2], 2)] as [([Double], Double)])
    func medianIsTheMiddle(values: [Double], expected: Double) {
        let found = median(values)
        #expect(found == expected || (found.isNaN && expected.isNaN))
    }

    @Test(arguments: [(0.0, 1.0), (0.01, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1, 100)])
    func quantileIsTheNearestRank(part: Double, expected: Double) {
        #expect(quantile(part, of: (1...100).map(Double.init).shuffled()) == expected)
    }

    @Test func quantileOfNothingIsUnknown() { #expect(quantile(0.5, of: []).isNaN) }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (23_284, "23,284"), (1_234_567, "1,234,567"), (-1234, "−1,234"),
    ])
    func countsHaveSeparators(value: Int, text: String) { #expect(Units.count(value) == text) }

    @Test(
        arguments: [
            (0.0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (41.2 * 1_048_576, "41 MiB"),
            (8 * 1_073_741_824, "8.0 GiB"),
            (Double.nan, "–"),
        ] as [(Double, String)]
    )
    func bytesHaveBinaryUnits(value: Double, text: String) { #expect(Units.bytes(value) == text) }

    @Test(
        arguments: [
            (0.038, "38 ms"), (0.0004, "0.40 ms"), (1.9, "1.9 s"), (119, "119 s"), (200, "3 min 20 s"),
            (7500, "2 h 5 min"),
            (Double.infinity, "–"),
        ] as [(Double, String)]
    )
    func secondsAreReadable(value: Double, text: String) { #expect(Units.seconds(value) == text) }
}
