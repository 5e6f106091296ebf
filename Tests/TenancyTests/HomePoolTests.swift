import Testing

@testable import Tenancy

/// The pool of homes' clients, without any client.
@Suite struct HomePoolTests {
    private typealias Pool = HomePool<Int>

    private let now = ContinuousClock.now

    private func enter(_ pool: inout Pool, _ database: String, server: String = "a", after seconds: Int = 0)
        -> Pool.Step
    {
        pool.enter(
            .init(server: server, url: nil, database: database),
            at: now + .seconds(seconds),
            restBetweenProbes: .seconds(1)
        ) { $0 }
    }

    private func id(_ step: Pool.Step) throws -> Int {
        switch step {
        case .start(let id, _), .use(let id, _), .close(let id): return id
        default: throw Unexpected(step: "\(step)")
        }
    }

    private struct Unexpected: Error { let step: String }

    @Test func aDatabaseHasOneClient() throws {
        var pool = Pool(bound: 8)
        let first = try id(enter(&pool, "x"))
        guard case .use(first, _) = enter(&pool, "x") else { throw Unexpected(step: "no use of \(first)") }
        #expect(pool.connections(to: "a") == 2)
        #expect(pool.connections(to: "b") == 0)
    }

    @Test func theBoundHoldsForEachServer() throws {
        var pool = Pool(bound: 2)
        for name in ["x", "y"] { _ = enter(&pool, name) }
        #expect(pool.connections(to: "a") == 2)
        guard case .wait = enter(&pool, "z") else { throw Unexpected(step: "the bound was passed") }
        guard case .start = enter(&pool, "z", server: "b") else { throw Unexpected(step: "another server's is free") }
    }

    @Test func theOneThatWasIdleForLongestGoesFirst() throws {
        var pool = Pool(bound: 2)
        let x = try id(enter(&pool, "x"))
        let y = try id(enter(&pool, "y"))
        _ = pool.leave(y, at: now)
        _ = pool.leave(x, at: now + .seconds(1))
        guard case .close(y) = enter(&pool, "z", after: 2) else { throw Unexpected(step: "not the oldest") }
        // Until it has closed its connections, they count.
        guard case .wait = enter(&pool, "z", after: 2) else { throw Unexpected(step: "the bound was passed") }
        _ = pool.closed(y)
        guard case .start = enter(&pool, "z", after: 2) else { throw Unexpected(step: "no room after closing") }
    }

    @Test func whoLeavesWakesWhoWaits() throws {
        var pool = Pool(bound: 1)
        let x = try id(enter(&pool, "x"))
        guard case .wait(let turn) = enter(&pool, "y") else { throw Unexpected(step: "the bound was passed") }
        #expect(pool.leave(x, at: now) === turn)
        #expect(pool.leave(x, at: now) == nil, "nobody waits any more")
    }

    @Test func aServerThatFailedIsProbedByOne() throws {
        var pool = Pool(bound: 8)
        pool.failed("a", at: now)
        guard case .unreachable = enter(&pool, "x") else { throw Unexpected(step: "no rest") }
        guard case .start = enter(&pool, "x", after: 1) else { throw Unexpected(step: "no probe") }
        guard case .unreachable = enter(&pool, "y", after: 1) else { throw Unexpected(step: "two probes") }
        guard case .start = enter(&pool, "x", server: "b") else { throw Unexpected(step: "another server's fault") }
        pool.answered("a")
        guard case .start = enter(&pool, "y", after: 1) else { throw Unexpected(step: "it answered") }
    }
}
