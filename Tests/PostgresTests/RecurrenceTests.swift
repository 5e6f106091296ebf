import Testing

@testable import Postgres

/// How often the same failure is told.
@Suite struct RecurrenceTests {
    @Test func theFirstAndThenOneAtATime() {
        var recurrence = Recurrence(pause: .seconds(10))
        let now = ContinuousClock.now
        let told = [("down", 0), ("down", 9), ("down", 10), ("refused", 11), ("refused", 12)].filter { reason, second in
            recurrence.isWorthSaying(reason, at: now + .seconds(second))
        }
        #expect(told.map(\.1) == [0, 10, 11])
        recurrence.end()
        let isFirst = recurrence.isWorthSaying("refused", at: now + .seconds(13))
        #expect(isFirst, "it was over in between")
    }
}
