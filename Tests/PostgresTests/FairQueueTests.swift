import Testing

@testable import Postgres

@Suite struct FairQueueTests {
    private func drain(_ queue: inout FairQueue<Int>, where mayGo: (UInt64) -> Bool = { _ in true }) -> [Int] {
        var got: [Int] = []
        while let next = queue.popFirst(to: { mayGo($0) ? true : nil }) { got.append(next.element) }
        return got
    }

    @Test func ownersTakeTurns() {
        var queue = FairQueue<Int>()
        for element in [10, 11, 12, 13] { queue.append(element, owner: 1) }
        queue.append(20, owner: 2)
        queue.append(30, owner: 3)
        #expect(drain(&queue) == [10, 20, 30, 11, 12, 13])
        #expect(queue.isEmpty)
    }

    @Test func anOwnerAtHisLimitIsPassedOver() {
        var queue = FairQueue<Int>()
        for element in [10, 11] { queue.append(element, owner: 1) }
        queue.append(20, owner: 2)
        #expect(drain(&queue) { $0 != 1 } == [20])
        #expect(queue.count(of: 1) == 2)
        #expect(drain(&queue) == [10, 11])
    }

    @Test func removedElementsLeaveNoTrace() {
        var queue = FairQueue<Int>()
        for element in 0..<10 { queue.append(element, owner: UInt64(element % 3)) }
        queue.removeAll { $0.isMultiple(of: 3) }
        #expect(queue.count == 6)
        #expect(queue.count(of: 0) == 0)
        #expect(drain(&queue).sorted() == [1, 2, 4, 5, 7, 8])
        queue.append(1, owner: 0)
        #expect(queue.removeAll() == [1])
        #expect(queue.isEmpty)
    }
}
