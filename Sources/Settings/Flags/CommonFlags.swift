import ArgumentParser

/// What every tool of this product has to know: tenants' hosts, the log, and the file of settings.
public struct CommonFlags: SettingFlags {
    @Option("POLLS_BASE_DOMAIN", "Domain below which each tenant has its host.", default: "polls.localhost", "domain")
    public var baseDomain: SettingFlag?

    @Option(
        "POLLS_LOG_LEVEL",
        "Least that is logged: trace, debug, info (the server's default), notice, warning (polls-admin's), error, critical.",
        "level"
    )
    public var logLevel: SettingFlag?

    @Option("POLLS_LOG_FORMAT", "How it is logged: text or json.", default: "text", "format")
    public var logFormat: SettingFlag?

    @Option("POLLS_CONFIG", "Configuration file: a JSON object of these names.", "file", completion: .file())
    public var config: SettingFlag?

    /// For the parser.
    public init() {}
}
