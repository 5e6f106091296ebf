import HTTPTypes
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

    /// Adds a line. Tenant and route come from fixed grammars, so nothing needs escaping.
    func add(tenant: String?, method: String, route: StaticString, status: Int, microseconds: Int64) {
        guard format != .off else { return }
        let words = format == .json ? Words.json : .text
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let seconds = now.tv_sec
        let milliseconds = Int(now.tv_nsec) / 1_000_000
        let full: [UInt8]? = gathered.withLock { lines in
            lines.append(words.time)
            lines.append(decimal: seconds)
            lines.append(".")
            lines.append(digits3: milliseconds)
            lines.append(words.tenant)
            lines.append(contentsOf: (tenant ?? "-").utf8)
            lines.append(words.method)
            lines.append(contentsOf: method.utf8)
            lines.append(words.route)
            lines.append(route)
            lines.append(words.status)
            lines.append(decimal: status)
            lines.append(words.duration)
            lines.append(decimal: Int(microseconds))
            lines.append(words.end)
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

/// What stands before each value of a line, and at its end.
private struct Words {
    let time, tenant, method, route, status, duration, end: StaticString

    static let text = Words(
        time: "",
        tenant: " info request tenant=",
        method: " method=",
        route: " route=",
        status: " status=",
        duration: " duration_us=",
        end: "\n"
    )
    static let json = Words(
        time: "{\"time\":",
        tenant: ",\"level\":\"info\",\"message\":\"request\",\"tenant\":\"",
        method: "\",\"method\":\"",
        route: "\",\"route\":\"",
        status: "\",\"status\":",
        duration: ",\"duration_us\":",
        end: "}\n"
    )
}

extension [UInt8] {
    fileprivate mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    fileprivate mutating func append(digits3 value: Int) {
        for digit in [value / 100, value / 10 % 10, value % 10] { append(UInt8(ascii: "0") + UInt8(digit)) }
    }

    fileprivate mutating func append(decimal value: Int) {
        guard value >= 10 else { return append(UInt8(ascii: "0") + UInt8(Swift.max(0, value))) }
        append(decimal: value / 10)
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
