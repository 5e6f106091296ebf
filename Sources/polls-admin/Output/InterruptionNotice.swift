import Dispatch

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Says what is left to be done when the program is told to end in the middle; it ends all the same.
enum InterruptionNotice {
    /// - Parameter next: what to run then.
    static func during<R>(_ next: String, _ body: () async throws -> R) async throws -> R {
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                Output.error("interrupted. \(next)")
                signal(number, SIG_DFL)
                kill(getpid(), number)
            }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
        return try await body()
    }
}
