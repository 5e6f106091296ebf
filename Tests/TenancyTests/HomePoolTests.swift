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
        let (woken, _) = pool.leave(x, at: now)
        #expect(woken === turn)
        let (nobody, _) = pool.leave(x, at: now)
        #expect(nobody == nil, "nobody waits any more")
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

    /// Who probes may have to wait for a connection first, and is still the one who probes.
    @Test func aProbeThatWaitsForRoomIsMadeThen() throws {
        var pool = Pool(bound: 1)
        let x = try id(enter(&pool, "x"))
        _ = pool.leave(x, at: now)
        pool.failed("a", at: now)
        guard case .close(x) = enter(&pool, "y", after: 1) else { throw Unexpected(step: "no room is made") }
        _ = pool.closed(x)
        guard case .start = enter(&pool, "y", after: 1) else { throw Unexpected(step: "no probe") }
    }

    /// One whose turn came in the moment in which it gave up hands it on.
    @Test func aTurnThatNobodyTakesIsHandedOn() throws {
        var pool = Pool(bound: 1)
        let x = try id(enter(&pool, "x"))
        guard case .wait(let first) = enter(&pool, "y") else { throw Unexpected(step: "the bound was passed") }
        guard case .wait(let second) = enter(&pool, "z") else { throw Unexpected(step: "the bound was passed") }
        guard case .wait(let third) = enter(&pool, "z") else { throw Unexpected(step: "the bound was passed") }
        #expect(pool.leaveQueue(second, of: "a") == nil, "it was not its turn")
        #expect(pool.leave(x, at: now).turn === first)
        #expect(pool.leaveQueue(first, of: "a") === third)
        #expect(pool.leaveQueue(third, of: "a") == nil, "nobody is left")
    }

    @Test func whereNobodyLivesAnyMoreIsClosedWhenItsLastUserLeaves() throws {
        var pool = Pool(bound: 8)
        func key(_ database: String) -> Pool.Key { .init(server: "a", url: nil, database: database) }
        func isOver(_ id: Int) -> Bool {
            let (_, isOver) = pool.leave(id, at: now)
            return isOver
        }
        let x = try id(enter(&pool, "x"))
        let y = try id(enter(&pool, "y"))
        let z = try id(enter(&pool, "z"))
        for id in [y, z] { #expect(!isOver(id), "its tenant lives there") }
        let idle = pool.desert([key("x"), key("y"), key("z")], for: [key("z")], at: now)
        #expect(idle == [y])
        // A request that began before may use it to the end.
        let again = try id(enter(&pool, "x"))
        #expect(again == x)
        #expect(!isOver(x), "another one uses it")
        #expect(isOver(x))
        for id in [x, y] { _ = pool.closed(id) }
        let stays = try id(enter(&pool, "z"))
        #expect(stays == z, "its tenant has stayed")

        // One that comes late makes a client anew, and it is closed after it.
        let late = try id(enter(&pool, "y"))
        #expect(isOver(late))
        _ = pool.closed(late)
        // A tenant has come back.
        _ = pool.desert([], for: [key("y")], at: now)
        let back = try id(enter(&pool, "y"))
        #expect(!isOver(back))
    }
}
