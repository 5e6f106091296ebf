/// Which statements have a name on one connection. Pure bookkeeping: it decides, the connection sends.
///
/// A statement is planned afresh while it is rare, and gets a name, and so a kept plan, once it is warm. Names belong to
/// a scope: PostgreSQL would re-plan a statement each time that its search path changes.
struct StatementCache {
    struct Key: Hashable {
        let scope: StatementScope
        let text: String
        /// See ``SQL/isLiteral``.
        var isLiteral = true
    }

    enum Decision: Equatable {
        /// Send it without a name.
        case unnamed
        /// Prepare it under this name, then run it; report back with `prepared` or `failed`.
        case prepare(String)
        /// Run it by this name.
        case named(String)
    }

    private enum State {
        case counting(uses: Int)
        case preparing(String)
        case prepared(String)
    }

    private struct Entry {
        var state: State
        var lastUse: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0
    private var names: UInt64 = 0
    private let capacity: Int
    /// Names to be deallocated on the server.
    private var dropped: [String] = []
    /// A statement is named at this use.
    static let warmAt = 3

    init(capacity: Int) { self.capacity = max(8, capacity) }

    var count: Int { entries.count }

    /// How to send a statement now.
    mutating func decide(_ key: Key) -> Decision {
        clock += 1
        guard var entry = entries[key] else {
            if entries.count >= capacity { evict() }
            entries[key] = Entry(state: .counting(uses: 1), lastUse: clock)
            return .unnamed
        }
        entry.lastUse = clock
        defer { entries[key] = entry }
        switch entry.state {
        case .prepared(let name): return .named(name)
        // Until the server has confirmed a name, nobody else relies on it.
        case .preparing: return .unnamed
        case .counting(let uses) where uses + 1 < Self.warmAt:
            entry.state = .counting(uses: uses + 1)
            return .unnamed
        case .counting:
            names += 1
            let name = "s\(names)"
            entry.state = .preparing(name)
            return .prepare(name)
        }
    }

    /// The server took the name. A name whose key was evicted meanwhile is dropped.
    mutating func prepared(_ key: Key, _ name: String) {
        guard case .preparing(name)? = entries[key]?.state else {
            dropped.append(name)
            return
        }
        entries[key]?.state = .prepared(name)
    }

    /// The name was not made: the statement counts from one again.
    mutating func failed(_ key: Key) { entries[key]?.state = .counting(uses: 1) }

    /// The plan behind the statement went stale: its name is dropped, and the next use prepares anew.
    mutating func invalidate(_ key: Key) {
        if case .prepared(let name)? = entries[key]?.state { dropped.append(name) }
        entries[key]?.state = .counting(uses: Self.warmAt - 1)
    }

    /// The server forgot all names (DISCARD ALL, DEALLOCATE ALL).
    mutating func forgetAll() {
        entries.removeAll()
        dropped.removeAll()
    }

    /// Names that the server can let go.
    mutating func takeDropped() -> [String] {
        guard !dropped.isEmpty else { return [] }
        defer { dropped.removeAll() }
        return dropped
    }

    /// Drops the eighth that was used the longest ago.
    private mutating func evict() {
        let oldest = entries.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(max(1, capacity / 8))
        for (key, entry) in oldest {
            if case .prepared(let name) = entry.state { dropped.append(name) }
            entries[key] = nil
        }
    }
}

extension StatementCache.Key {
    init(_ scope: StatementScope, _ statement: SQL) {
        self.init(scope: scope, text: statement.text, isLiteral: statement.isLiteral)
    }
}
