/// How a line of the log is written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-01-31T12:00:00.123Z info polls: Request tenant=potter status=200`
    case text
    /// One JSON object a line, its metadata under `metadata`.
    case json
}
