import ServiceLifecycle
import Synchronization

/// One line a request. Lines are gathered, and handed on every 50 ms or 32 KiB: a write for each request would cost as
/// much as the request.
public final class RequestLog: Service, Sendable {
    /// How a line is written.
    public enum Format: Sendable { case text, json, off }

    private let format: Format
    private let gathered = Mutex<[UInt8]>([])
    private static let flushBytes = 32 * 1024
    private let write: @Sendable ([UInt8]) -> Void

    /// - Parameter write: takes whole lines, and does not block.
    public init(format: Format, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.format = format
        self.write = write
    }

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
        if let full { write(full) }
    }

    /// Hands on what has gathered, until graceful shutdown or cancellation, and then the rest.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(50))
                self.flush()
            }
        }
        flush()
    }

    private func flush() {
        let lines = gathered.withLock { $0.isEmpty ? [] : Self.take(&$0) }
        if !lines.isEmpty { write(lines) }
    }

    private static func take(_ lines: inout [UInt8]) -> [UInt8] {
        var taken: [UInt8] = []
        taken.reserveCapacity(flushBytes + 512)
        swap(&taken, &lines)
        return taken
    }
}
