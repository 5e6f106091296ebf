import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One thread that waits in `poll(2)` for the sockets of one client, and runs that client's actor.
///
/// SwiftNIO cannot watch a descriptor that it neither owns nor reads, and libpq reads its own. Work is handed over in
/// batches under one lock, and a byte is written to wake the thread only when it sleeps.
final class PollLoop: SerialExecutor {
    private struct Shared {
        var jobs: [UnownedJob] = []
        var inbox: [Work] = []
        var isSleeping = false
        var isStopped = false
        var thread: pthread_t?
    }

    private let shared = Mutex(Shared())
    private let wakeReader: Int32
    private let wakeWriter: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw PostgresError(.invalidUse, "cannot make a pipe: errno \(errno); raise the limit of open files")
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        wakeReader = ends[0]
        wakeWriter = ends[1]
    }

    deinit {
        close(wakeReader)
        close(wakeWriter)
    }

    /// Hands over one unit of work. False when the loop has stopped for good.
    func submit(_ work: Work) -> Bool {
        let outcome = shared.withLock { shared -> (accepted: Bool, wake: Bool) in
            guard !shared.isStopped else { return (false, false) }
            shared.inbox.append(work)
            return (true, Self.claimWake(&shared))
        }
        if outcome.wake { wake() }
        return outcome.accepted
    }

    /// Work handed over since the last call.
    func takeInbox() -> [Work] {
        shared.withLock { shared in
            guard !shared.inbox.isEmpty else { return [] }
            var taken: [Work] = []
            taken.reserveCapacity(shared.inbox.capacity)
            swap(&taken, &shared.inbox)
            return taken
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let outcome = shared.withLock { shared -> (run: Bool, wake: Bool) in
            // After the thread has ended, stragglers run where they are: nothing is shared with a loop any more.
            if shared.isStopped && shared.thread == nil { return (true, false) }
            shared.jobs.append(job)
            return (false, Self.claimWake(&shared))
        }
        if outcome.run { job.runSynchronously(on: asUnownedSerialExecutor()) }
        if outcome.wake { wake() }
    }

    func checkIsolated() {
        let isHere = shared.withLock { shared in
            shared.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? true
        }
        precondition(isHere, "not on the client's loop")
    }

    /// Starts the thread. It ends after `stop()`.
    /// - Throws: ``PostgresError`` with code `invalidUse` when the system has no thread left. What was handed over fails.
    func start(_ driver: Multiplexer) throws(PostgresError) {
        do { try BlockingThread.run { [self] in turn(driver) } } catch {
            stop()
            for work in takeInbox() { work.fail(error) }
            let jobs = shared.withLock { shared in
                defer { shared.jobs = [] }
                return shared.jobs
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            throw error
        }
    }

    /// No more work is taken; the thread ends once its jobs have run.
    func stop() {
        let shouldWake = shared.withLock { shared in
            shared.isStopped = true
            return Self.claimWake(&shared)
        }
        if shouldWake { wake() }
    }

    private static func claimWake(_ shared: inout Shared) -> Bool {
        defer { shared.isSleeping = false }
        return shared.isSleeping
    }

    private func wake() {
        var byte: UInt8 = 1
        _ = write(wakeWriter, &byte, 1)
    }

    private func turn(_ driver: Multiplexer) {
        shared.withLock { $0.thread = pthread_self() }
        let executor = asUnownedSerialExecutor()
        var descriptors: [pollfd] = []
        var jobs: [UnownedJob] = []
        while true {
            jobs.removeAll(keepingCapacity: true)
            shared.withLock { swap(&$0.jobs, &jobs) }
            for job in jobs { job.runSynchronously(on: executor) }

            let ready = descriptors
            var timeout: Int32 = -1
            var next: [pollfd] = [pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0)]
            driver.assumeIsolated { driver in timeout = driver.turn(ready: ready, next: &next) }
            descriptors = next

            let mustStop = shared.withLock { shared -> Bool in
                if !shared.jobs.isEmpty || !shared.inbox.isEmpty {
                    timeout = 0
                } else if shared.isStopped {
                    shared.thread = nil
                    return true
                } else if timeout != 0 {
                    shared.isSleeping = true
                }
                return false
            }
            if mustStop { return }
            _ = poll(&descriptors, nfds_t(descriptors.count), timeout)
            shared.withLock { $0.isSleeping = false }
            if descriptors[0].revents != 0 {
                var drain: (UInt64, UInt64) = (0, 0)
                while read(wakeReader, &drain, 16) == 16 {}
            }
        }
    }
}
