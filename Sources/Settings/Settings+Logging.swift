import Logging

extension Settings {
    /// Sends every logger of the process to standard error, as the settings say. Once a process.
    public func bootstrapLogging() {
        let (level, format) = (logLevel, logFormat)
        LoggingSystem.bootstrap(
            { label, provider in
                var handler = StandardErrorLogHandler(label: label, level: level, format: format)
                handler.metadataProvider = provider
                return handler
            },
            metadataProvider: nil
        )
    }
}
