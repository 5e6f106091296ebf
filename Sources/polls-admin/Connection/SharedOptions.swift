import ArgumentParser
import Logging
import Settings

/// Options of every command: one for each setting that the tool heeds.
struct SharedOptions: ParsableArguments {
    @OptionGroup(title: "PostgreSQL") var database: DatabaseFlags
    @OptionGroup(title: "The operator") var tool: OperatorFlags
    @OptionGroup(title: "Hosts and log") var common: CommonFlags

    @Flag(help: "Log what is done to standard error: --log-level debug.")
    var verbose = false

    /// All of them that are settings.
    var groups: [any SettingFlags] { [database, tool, common] }

    /// The settings, with these options before all else. What a server logs by default is too much here.
    func settings() throws -> Settings {
        var settings = try Settings(flags: groups)
        if verbose {
            settings.logLevel = .debug
        } else if common.logLevel == nil {
            settings.logLevel = max(.warning, settings.logLevel)
        }
        return settings
    }
}

/// The option of every command that prints.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, for programs.")
    var json = false
}
