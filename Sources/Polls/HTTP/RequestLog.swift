import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One line a request, on standard error. Lines are gathered, and written every 50 ms or 32 KiB: a write for each
/// request would cost as much as the request.
public final class RequestLog: Service, Sendable {
    /// How a line is written.
    public enum Format: Sendable { case text, json, off }

    private let format: Format
    private let gathered = Mutex<[UInt8]>([])
    private static let flushBytes = 32 * 1024

    public init(format: Format) { self.format = format }

    /// Adds a line.
    func add(tenant: String?, method: String, route: StaticString, status: Int, microseconds: Int64) {
        guard format != .off else { return }
        let line = RequestLine(
            time: .now,
            tenant: tenant,
            method: method,
            route: route,
            status: status,
            microseconds: microseconds
        )
        let full: [UInt8]? = gathered.withLock { lines in
            line.append(to: &lines, format == .json ? .json : .text)
            guard lines.count >= Self.flushBytes else { return nil }
            return Self.take(&lines)
        }
        if let full { Self.write(full) }
    }

    /// Writes what has gathered, until graceful shutdown or cancellation, and then the rest.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(50))
                self.flush()
            }
        }
        flush()
    }

    private func flush() { Self.write(gathered.withLock { Self.take(&$0) }) }

    private static func take(_ lines: inout [UInt8]) -> [UInt8] {
        var taken: [UInt8] = []
        taken.reserveCapacity(flushBytes + 512)
        swap(&taken, &lines)
        return taken
    }

    private static func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                #if canImport(Glibc)
                let count = Glibc.write(STDERR_FILENO, part.baseAddress, part.count)
                #else
                let count = Darwin.write(STDERR_FILENO, part.baseAddress, part.count)
                #endif
                // A log that nobody reads is no reason to fail.
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
