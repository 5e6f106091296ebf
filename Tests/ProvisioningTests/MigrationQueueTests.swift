import Tenancy
import Testing

@testable import Provisioning

/// The order of a run over the fleet.
@Suite struct MigrationQueueTests {
    private let now = ContinuousClock.now
    private let names: [TenantName]

    init() throws { names = try ["a", "b", "c"].map { try TenantName($0) } }

    private func take(_ queue: inout MigrationQueue, at moment: ContinuousClock.Instant) throws -> MigrationQueue.Job {
        guard case .migrate(let job) = queue.next(at: moment) else { throw Unexpected() }
        return job
    }

    private struct Unexpected: Error {}

    @Test func tenantsComeInOrderAndOnce() throws {
        var queue = MigrationQueue(names, at: now)
        var taken: [TenantName] = []
        for _ in names { taken.append(try take(&queue, at: now).tenant) }
        #expect(taken == names)
        let last = queue.next(at: now)
        #expect(last == .finished)
    }

    @Test func aFailedOneComesAgainAfterTheOthers() throws {
        var queue = MigrationQueue(names, at: now)
        let first = try take(&queue, at: now)
        let isTaken = queue.again(first, at: now)
        let second = try take(&queue, at: now)
        let third = try take(&queue, at: now)
        guard case .wait(let moment) = queue.next(at: now) else { throw Unexpected() }
        let fourth = try take(&queue, at: moment)
        #expect(isTaken && moment > now)
        #expect([second, third, fourth].map(\.tenant) == [names[1], names[2], names[0]])
    }

    @Test func eachTryWaitsLongerAndTheLastIsTheLast() throws {
        var queue = MigrationQueue([names[0]], at: now)
        var moment = now
        var waits: [Duration] = []
        var job = try take(&queue, at: moment)
        while queue.again(job, at: moment) {
            guard case .wait(let next) = queue.next(at: moment) else { throw Unexpected() }
            waits.append(next - moment)
            moment = next
            job = try take(&queue, at: moment)
        }
        #expect(waits.count == MigrationQueue.tries - 1)
        #expect(waits == waits.sorted())
        let last = queue.next(at: moment)
        #expect(last == .finished)
    }
}
