/// Connections that are leased, or wait to be leased again. Only the loop's actor uses it.
struct LeaseTable {
    struct Waiter {
        let continuation: CheckedContinuation<Void, any Error>
        let deadline: ContinuousClock.Instant
    }

    private var leased: [Int: Channel] = [:]
    private var idle: [Channel] = []
    private var streams: [Int: AsyncStream<PostgresConnection.Notification>.Continuation] = [:]
    private var waiters: [Waiter] = []
    private var nextID = 0
    /// Connections being made for a lease.
    var connecting = 0

    var channels: [Channel] { leased.isEmpty && idle.isEmpty ? [] : Array(leased.values) + idle }
    var isInUse: Bool { leased.values.contains { $0.inFlight > 0 || $0.isExclusive } }
    var hasWaiters: Bool { !waiters.isEmpty }
    /// Connections that count against the limit.
    var count: Int { leased.count + connecting }

    func channel(_ id: Int) -> Channel? { leased[id] }

    mutating func takeIdle() -> Channel? { idle.popLast() }

    mutating func lease(_ channel: Channel) -> Int {
        nextID += 1
        leased[nextID] = channel
        return nextID
    }

    mutating func giveBack(_ id: Int) -> Channel? {
        streams.removeValue(forKey: id)?.finish()
        return leased.removeValue(forKey: id)
    }

    mutating func keep(_ channel: Channel) { idle.append(channel) }

    mutating func wait(_ waiter: Waiter) { waiters.append(waiter) }

    /// Lets the first waiter try again.
    mutating func wakeWaiter() {
        if !waiters.isEmpty { waiters.removeFirst().continuation.resume() }
    }

    mutating func expireWaiters(_ now: ContinuousClock.Instant) {
        for waiter in waiters where waiter.deadline < now {
            waiter.continuation.resume(
                throwing: PostgresError(.queueFull, "every connection for long work stayed leased until the deadline")
            )
        }
        waiters.removeAll { $0.deadline < now }
    }

    mutating func subscribe(_ id: Int, _ stream: AsyncStream<PostgresConnection.Notification>.Continuation) {
        streams[id]?.finish()
        streams[id] = stream
    }

    func yield(_ notification: PostgresConnection.Notification, on channel: Channel) {
        for (id, stream) in streams where leased[id] === channel { stream.yield(notification) }
    }

    mutating func remove(_ channel: Channel) {
        idle.removeAll { $0 === channel }
        for (id, candidate) in leased where candidate === channel { _ = giveBack(id) }
        wakeWaiter()
    }

    mutating func closeAll(_ error: PostgresError) {
        for waiter in waiters { waiter.continuation.resume(throwing: error) }
        for stream in streams.values { stream.finish() }
        self = LeaseTable()
    }
}
