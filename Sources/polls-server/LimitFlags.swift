import ArgumentParser
import Settings

/// What a client may take up.
struct LimitFlags: SettingFlags {
    @Option("POLLS_REQUEST_TIMEOUT", "Seconds for an answer, from the end of its request on.", default: "10", "seconds")
    var requestTimeout: SettingFlag?

    @Option("POLLS_HEADER_TIMEOUT", "Seconds for a request's headers.", default: "5", "seconds")
    var headerTimeout: SettingFlag?

    @Option("POLLS_BODY_TIMEOUT", "Seconds for a request's body.", default: "10", "seconds")
    var bodyTimeout: SettingFlag?

    @Option("POLLS_IDLE_TIMEOUT", "Seconds that a connection may idle.", default: "60", "seconds")
    var idleTimeout: SettingFlag?

    @Option(
        "POLLS_SHUTDOWN_TIMEOUT",
        "Seconds for requests under way when it is told to stop.",
        default: "20",
        "seconds"
    )
    var shutdownTimeout: SettingFlag?

    @Option(
        "POLLS_STATEMENT_TIMEOUT",
        "Seconds for one statement, by default at most half of a request's.",
        default: "5",
        "seconds"
    )
    var statementTimeout: SettingFlag?

    @Option("POLLS_MAX_CONNECTIONS", "Clients connected at once.", default: "1024", "number")
    var maxConnections: SettingFlag?

    @Option("POLLS_MAX_BODY", "Bytes of a request's body.", default: "65536", "bytes")
    var maxBody: SettingFlag?
}
