#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Runs work that blocks on a thread of its own.
///
/// Not on Dispatch's global queue: that has about one thread a core, so a few connections to a server that does not
/// answer would keep all others waiting.
package enum BlockingThread {
    /// Starts the thread, which ends with the body.
    /// - Throws: ``PostgresError`` with code `invalidUse` when the system has no thread left. The body is not run then.
    package static func run(_ body: @escaping @Sendable () -> Void) throws(PostgresError) {
        let start = Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            start.toOpaque()
        )
        guard failure == 0 else {
            start.release()
            throw PostgresError(
                .invalidUse,
                "cannot start a thread: error \(failure); raise the limit of processes and threads"
            )
        }
        pthread_detach(thread)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
