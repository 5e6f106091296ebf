import Tenancy

/// Which tenant is migrated next. One that waited in vain for a lock goes to the end of the queue, some times over.
struct MigrationQueue {
    struct Job: Equatable {
        let tenant: TenantName
        /// Tries that failed already.
        var failures = 0
        /// Not before this moment.
        var notBefore: ContinuousClock.Instant
    }

    enum Step: Equatable {
        case migrate(Job)
        /// All that is left waits for its time to come.
        case wait(until: ContinuousClock.Instant)
        case finished
    }

    static let tries = 5
    private var waiting: [Job]
    /// Where the queue starts: what is before it is done with.
    private var head = 0

    init(_ tenants: [TenantName], at now: ContinuousClock.Instant) {
        waiting = tenants.map { Job(tenant: $0, notBefore: now) }
    }

    mutating func next(at now: ContinuousClock.Instant) -> Step {
        guard head < waiting.count else { return .finished }
        guard let index = waiting[head...].firstIndex(where: { $0.notBefore <= now }) else {
            return .wait(until: waiting[head...].map(\.notBefore).min() ?? now)
        }
        let job = waiting[index]
        // Only the first of the queue, but for those that wait longer than others behind them.
        waiting.swapAt(head, index)
        head += 1
        return .migrate(job)
    }

    /// Takes a job back for another try, later each time.
    /// - Returns: false when it has had its tries.
    mutating func again(_ job: Job, at now: ContinuousClock.Instant) -> Bool {
        guard job.failures + 1 < Self.tries else { return false }
        var job = job
        job.failures += 1
        job.notBefore = now + .milliseconds(100 << (2 * (job.failures - 1)))
        waiting.append(job)
        return true
    }
}
