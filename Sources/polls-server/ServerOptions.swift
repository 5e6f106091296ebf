import ArgumentParser
import Settings

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The flags: one for each setting that the server heeds.
struct ServerOptions: ParsableArguments {
    @OptionGroup(title: "The server") var server: ServerFlags
    @OptionGroup(title: "PostgreSQL") var database: DatabaseFlags
    @OptionGroup(title: "Limits") var limits: LimitFlags
    @OptionGroup(title: "Hosts and log") var common: CommonFlags

    /// All of them.
    var groups: [any SettingFlags] { [server, database, limits, common] }

    func settings() throws -> Settings {
        do {
            return try Settings(flags: groups)
        } catch { throw ValidationError("\(error)") }
    }
}

/// Where errors go.
struct StandardError: TextOutputStream {
    mutating func write(_ text: String) {
        Array(text.utf8).withUnsafeBytes { bytes in
            #if canImport(Glibc)
            _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
            #else
            _ = Darwin.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
            #endif
        }
    }
}
