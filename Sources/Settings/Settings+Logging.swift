import Logging

extension Settings {
    /// Sends every logger of the process to standard error, as the settings say. Once a process.
    /// - Parameter writer: writes the lines, for a process that must not wait for it.
    public func bootstrapLogging(to writer: LineWriter? = nil) {
        let (level, format) = (logLevel, logFormat)
        LoggingSystem.bootstrap(
            { label, provider in
                var handler = StandardErrorLogHandler(label: label, level: level, format: format, to: writer)
                handler.metadataProvider = provider
                return handler
            },
            metadataProvider: nil
        )
    }
}
