import DequeModule

/// Waiting work, first in, first out for each owner, and round-robin between owners: who asks for much waits by himself.
struct FairQueue<Element> {
    private var waiting: [UInt64: Deque<Element>] = [:]
    private var turn: Deque<UInt64> = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    func count(of owner: UInt64) -> Int { waiting[owner]?.count ?? 0 }

    mutating func append(_ element: Element, owner: UInt64) {
        count += 1
        if waiting[owner]?.append(element) == nil {
            waiting[owner] = [element]
            turn.append(owner)
        }
    }

    /// The next element of the next owner that has a place to go to; that owner then waits for his turn.
    mutating func popFirst<Place>(to place: (UInt64) -> Place?) -> (element: Element, place: Place)? {
        for _ in 0..<turn.count {
            guard let owner = turn.popFirst() else { return nil }
            guard let place = place(owner) else {
                turn.append(owner)
                continue
            }
            guard let element = waiting[owner]?.popFirst() else { continue }
            count -= 1
            if waiting[owner]?.isEmpty == true { waiting[owner] = nil } else { turn.append(owner) }
            return (element, place)
        }
        return nil
    }

    /// Takes out whatever does not satisfy the condition.
    mutating func removeAll(where mustGo: (Element) -> Bool) {
        guard count > 0 else { return }
        for (owner, var elements) in waiting {
            let before = elements.count
            elements.removeAll(where: mustGo)
            guard elements.count != before else { continue }
            count -= before - elements.count
            if elements.isEmpty {
                waiting[owner] = nil
                turn.removeAll { $0 == owner }
            } else {
                waiting[owner] = elements
            }
        }
    }

    mutating func removeAll() -> [Element] {
        defer { self = FairQueue() }
        return waiting.values.flatMap { $0 }
    }
}
