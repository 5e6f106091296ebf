import Testing

@testable import Postgres

@Suite struct StatementCacheTests {
    private func key(_ text: String, owner: UInt64 = 1, generation: Int64 = 1) -> StatementCache.Key {
        .init(scope: .init(owner: owner, generation: generation), text: text)
    }

    private func warm(_ cache: inout StatementCache, _ key: StatementCache.Key) -> String? {
        for _ in 0..<StatementCache.warmAt {
            if case .prepare(let name) = cache.decide(key) {
                cache.prepared(key, name)
                return name
            }
        }
        return nil
    }

    @Test func aStatementIsNamedOnceWarm() throws {
        var cache = StatementCache(capacity: 8)
        #expect(cache.decide(key("a")) == .unnamed)
        #expect(cache.decide(key("a")) == .unnamed)
        guard case .prepare(let name) = cache.decide(key("a")) else {
            Issue.record("the third use should prepare")
            return
        }
        #expect(cache.decide(key("a")) == .unnamed, "nobody relies on an unconfirmed name")
        cache.prepared(key("a"), name)
        #expect(cache.decide(key("a")) == .named(name))
    }

    @Test func scopesAndGenerationsDoNotShareNames() throws {
        var cache = StatementCache(capacity: 8)
        let name = try #require(warm(&cache, key("a")))
        #expect(cache.decide(key("a", owner: 2)) == .unnamed)
        #expect(cache.decide(key("a", generation: 2)) == .unnamed)
        #expect(cache.decide(key("a")) == .named(name))
    }

    @Test func aFailedNameStartsAgain() {
        var cache = StatementCache(capacity: 8)
        for _ in 0..<StatementCache.warmAt { _ = cache.decide(key("a")) }
        cache.failed(key("a"))
        #expect(cache.decide(key("a")) == .unnamed)
    }

    @Test func aStaleNameIsDroppedAndMadeAnew() throws {
        var cache = StatementCache(capacity: 8)
        let old = try #require(warm(&cache, key("a")))
        cache.invalidate(key("a"))
        #expect(cache.takeDropped() == [old])
        guard case .prepare(let new) = cache.decide(key("a")) else {
            Issue.record("the next use should prepare")
            return
        }
        #expect(new != old, "names are never used twice")
    }

    @Test func theLeastRecentlyUsedGoFirst() throws {
        var cache = StatementCache(capacity: 8)
        let names = (0..<8).compactMap { warm(&cache, key("\($0)")) }
        #expect(cache.decide(key("0")) == .named(names[0]))
        _ = cache.decide(key("new"))
        #expect(cache.count == 8)
        #expect(cache.takeDropped() == [names[1]])
        #expect(cache.decide(key("0")) == .named(names[0]))
    }

    @Test func aNameConfirmedAfterItsEvictionIsDropped() {
        var cache = StatementCache(capacity: 8)
        var name = ""
        for _ in 0..<StatementCache.warmAt { if case .prepare(let new) = cache.decide(key("a")) { name = new } }
        for number in 0..<8 { _ = cache.decide(key("\(number)")) }
        cache.prepared(key("a"), name)
        #expect(cache.takeDropped() == [name])
    }
}
