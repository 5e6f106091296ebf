/// How a line of the log is written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-01-31T12:00:00.123Z info polls-server: request duration_us=812 method=GET route=/polls/ status=200 tenant=potter`
    case text
    /// One JSON object a line: `time`, `level`, `label`, `message`, and the rest, as texts, under `metadata`.
    case json
}
