import Logging
import Postgres
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes lines of a log on a thread of its own, so that a reader that stands still keeps nobody waiting.
///
/// What the reader does not take waits, up to a mebibyte. Lines beyond that are dropped and counted, and a line says how
/// many once it reads again. The thread is there for as long as there is something to write.
public final class LineWriter: Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var dropped = 0
        var isWriting = false
    }

    /// Bytes that wait; as many may be on their way.
    private static let room = 1 << 20

    private let state = Mutex(State())
    private let descriptor: Int32
    private let label: String
    private let format: LogFormat

    /// - Parameters:
    ///   - descriptor: where to; standard error, but for tests.
    ///   - label: of the logger that says what was dropped.
    public init(to descriptor: Int32 = STDERR_FILENO, label: String, format: LogFormat) {
        self.descriptor = descriptor
        self.label = label
        self.format = format
    }

    /// Takes whole lines, and never waits.
    public func write(_ lines: [UInt8]) {
        let mustStart = state.withLock { state in
            guard state.waiting.count + lines.count <= Self.room else {
                state.dropped += Self.count(lines)
                return false
            }
            state.waiting.append(contentsOf: lines)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard mustStart else { return }
        do { try BlockingThread.run { self.run() } } catch {
            state.withLock { state in
                state.dropped += Self.count(state.waiting)
                state.waiting = []
                state.isWriting = false
            }
        }
    }

    /// Waits until all is written, for a moment only.
    public func finish(within limit: Duration = .seconds(1)) async {
        let deadline = ContinuousClock.now + limit
        while state.withLock({ $0.isWriting }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    private static func count(_ lines: [UInt8]) -> Int { lines.count { $0 == UInt8(ascii: "\n") } }

    private func run() {
        while let lines = next() { put(lines) }
    }

    private func next() -> [UInt8]? {
        let (lines, dropped): ([UInt8], Int) = state.withLock { state in
            defer { (state.waiting, state.dropped) = ([], 0) }
            state.isWriting = !state.waiting.isEmpty || state.dropped > 0
            return (state.waiting, state.dropped)
        }
        guard dropped > 0 else { return lines.isEmpty ? nil : lines }
        let notice = LogLine(
            time: StandardErrorLogHandler.now(),
            label: label,
            level: .warning,
            message: "lines of the log were dropped, which nobody read",
            metadata: ["lines": "\(dropped)"]
        )
        return lines + Array((notice.text(format) + "\n").utf8)
    }

    private func put(_ lines: [UInt8]) {
        lines.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                #if canImport(Glibc)
                let count = Glibc.write(descriptor, part.baseAddress, part.count)
                #else
                let count = Darwin.write(descriptor, part.baseAddress, part.count)
                #endif
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count < 0, errno == EAGAIN {
                    // Somebody who shares it does not want to wait.
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, -1)
                } else if count == 0 || errno != EINTR {
                    // A log that nobody can read is no reason to fail.
                    return
                }
            }
        }
    }
}
