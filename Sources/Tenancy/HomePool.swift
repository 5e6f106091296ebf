/// Which clients of homes there are, who uses them, and how many connections each server has. It does no I/O.
struct HomePool<Client: Sendable>: Sendable {
    /// One database of one server, at one address.
    struct Key: Hashable, Sendable {
        /// Empty: the control database's own.
        let server: String
        let url: String?
        let database: String
    }

    enum Step {
        /// There is a client; call ``leave(_:at:)`` when done.
        case use(Int, Client)
        /// The same, of a client that is new, and has to be run.
        case start(Int, Client)
        /// An idle client has to go first; try again.
        case close(Int)
        /// The server did not answer a moment ago.
        case unreachable
        /// All connections are in use: try again after the turn.
        case wait(Turn)
        /// All are in use, and too many wait already.
        case busy
    }

    private struct Entry {
        let key: Key
        let client: Client
        let connections: Int
        var users = 0
        var lastUsed: ContinuousClock.Instant
        /// Told to close, and still holding its connections.
        var isClosing = false
    }

    /// Those that wait for one server's connections, at most.
    static var longestQueue: Int { 256 }

    private let bound: Int
    private var entries: [Int: Entry] = [:]
    private var byKey: [Key: Int] = [:]
    private var nextID = 0
    private var failedAt: [String: ContinuousClock.Instant] = [:]
    private var waiting: [String: [Turn]] = [:]
    /// Where no tenant lives any more, and since when: a request may still be on its way there.
    private var deserted: [Key: ContinuousClock.Instant] = [:]

    init(bound: Int) { self.bound = bound }

    /// Connections to a server, those that are being closed included.
    func connections(to server: String) -> Int {
        entries.values.reduce(0) { $0 + ($1.key.server == server ? $1.connections : 0) }
    }

    mutating func enter(
        _ key: Key,
        at now: ContinuousClock.Instant,
        restBetweenProbes rest: Duration,
        make: (_ connections: Int) throws -> Client
    ) rethrows -> Step {
        if let id = byKey[key], var entry = entries[id] {
            entry.users += 1
            entry.lastUsed = now
            entries[id] = entry
            return .use(id, entry.client)
        }
        if let failed = failedAt[key.server], now - failed < rest { return .unreachable }
        let inUse = connections(to: key.server)
        guard inUse < bound else { return evict(from: key.server).map { .close($0) } ?? wait(for: key.server) }
        // This one probes; those that come meanwhile do not.
        if failedAt[key.server] != nil { failedAt[key.server] = now }
        // A second connection lets a tenant's short work pass its long work, while there is plenty of room.
        let connections = inUse + 2 <= bound / 2 ? 2 : 1
        let client = try make(connections)
        nextID += 1
        entries[nextID] = Entry(key: key, client: client, connections: connections, users: 1, lastUsed: now)
        byKey[key] = nextID
        return .start(nextID, client)
    }

    /// Ends a use.
    /// - Returns: one who waited for it, and whether the client has to be closed, since no tenant lives there.
    mutating func leave(_ id: Int, at now: ContinuousClock.Instant) -> (turn: Turn?, isOver: Bool) {
        guard var entry = entries[id] else { return (nil, false) }
        entry.users -= 1
        entry.lastUsed = now
        entries[id] = entry
        guard entry.users == 0 else { return (nil, false) }
        if deserted[entry.key] != nil, !entry.isClosing {
            retire(id)
            // Whoever waits is woken when its connections are closed.
            return (nil, true)
        }
        guard var queue = waiting[entry.key.server], !queue.isEmpty else { return (nil, false) }
        let turn = queue.removeFirst()
        waiting[entry.key.server] = queue.isEmpty ? nil : queue
        return (turn, false)
    }

    /// No tenant lives in these any more, while one lives in those: dropped, moved away, or come.
    /// - Returns: whose clients nobody uses; they have to be closed. The others are when their last user leaves.
    mutating func desert(_ left: Set<Key>, for settled: Set<Key>, at now: ContinuousClock.Instant) -> [Int] {
        for key in settled { deserted[key] = nil }
        for key in left.subtracting(settled) { deserted[key] = now }
        let idle = left.subtracting(settled).compactMap { byKey[$0] }.filter { entries[$0]?.users == 0 }
        for id in idle { retire(id) }
        return idle
    }

    /// Those that nobody has used since; they have to be closed.
    mutating func takeIdle(since moment: ContinuousClock.Instant) -> [Int] {
        // No request takes as long.
        deserted = deserted.filter { $0.value >= moment }
        let idle = entries.filter { $0.value.users == 0 && !$0.value.isClosing && $0.value.lastUsed < moment }.keys
        for id in idle { retire(id) }
        return Array(idle)
    }

    /// A client has closed its connections.
    /// - Returns: those who waited for them.
    mutating func closed(_ id: Int) -> [Turn] {
        guard let entry = entries.removeValue(forKey: id) else { return [] }
        if byKey[entry.key] == id { byKey[entry.key] = nil }
        return waiting.removeValue(forKey: entry.key.server) ?? []
    }

    /// Takes one out of the queue who waits no more.
    /// - Returns: who is next, if it was this one's turn already.
    mutating func leaveQueue(_ turn: Turn, of server: String) -> Turn? {
        guard var queue = waiting[server] else { return nil }
        let place = queue.firstIndex { $0 === turn }
        let next = place == nil ? queue.first : nil
        queue.remove(at: place ?? 0)
        waiting[server] = queue.isEmpty ? nil : queue
        return next
    }

    mutating func failed(_ server: String, at now: ContinuousClock.Instant) { failedAt[server] = now }

    mutating func answered(_ server: String) {
        if !failedAt.isEmpty { failedAt[server] = nil }
    }

    /// The client of the server that has been idle for the longest; `nil` when one is on its way out, or none is idle.
    private mutating func evict(from server: String) -> Int? {
        let own = entries.filter { $0.value.key.server == server }
        guard !own.values.contains(where: \.isClosing) else { return nil }
        let idle = own.filter { $0.value.users == 0 }.min { $0.value.lastUsed < $1.value.lastUsed }
        guard let id = idle?.key else { return nil }
        retire(id)
        return id
    }

    private mutating func wait(for server: String) -> Step {
        guard waiting[server, default: []].count < Self.longestQueue else { return .busy }
        let turn = Turn()
        waiting[server, default: []].append(turn)
        return .wait(turn)
    }

    private mutating func retire(_ id: Int) {
        guard var entry = entries[id] else { return }
        entry.isClosing = true
        entries[id] = entry
        if byKey[entry.key] == id { byKey[entry.key] = nil }
    }
}
