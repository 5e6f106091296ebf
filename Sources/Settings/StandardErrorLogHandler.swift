import Glibc
import Logging

/// Writes each event as one line, in one write, to standard error, or hands it to whoever writes there.
public struct StandardErrorLogHandler: LogHandler {
    /// What every line of this logger carries.
    public var metadata: Logger.Metadata = [:]
    /// What the task that logs carries.
    public var metadataProvider: Logger.MetadataProvider?
    /// The least severe level that is logged.
    public var logLevel: Logger.Level

    private let label: String
    private let format: LogFormat
    private let writer: LineWriter?

    /// A handler for the loggers of one label.
    public init(label: String, level: Logger.Level, format: LogFormat, to writer: LineWriter? = nil) {
        self.writer = writer
        self.label = label
        self.logLevel = level
        self.format = format
    }

    /// One value of ``metadata``.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        let line = LogLine(
            time: Self.now(),
            label: label,
            level: event.level,
            message: "\(event.message)",
            metadata: merged
        )
        var text = line.text(format) + "\n"
        if let writer { return writer.write(Array(text.utf8)) }
        text.withUTF8 { bytes in
            // A log that nobody reads is no reason to fail.
            _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    /// The time in UTC, to the millisecond.
    static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        gmtime_r(&time.tv_sec, &parts)
        let numbers = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }
        let fraction = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
        return "\(parts.tm_year + 1900)-\(numbers[0])-\(numbers[1])T\(numbers[2]):\(numbers[3]):\(numbers[4])"
            + ".\(fraction)Z"
    }
}
