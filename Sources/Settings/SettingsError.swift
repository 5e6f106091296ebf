/// A setting that cannot be used.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of thing is wrong.
    public enum Code: String, Sendable {
        /// The value is not one that the setting may have.
        case value
        /// The configuration file cannot be read.
        case file
        /// The configuration file has a setting that does not exist.
        case unknown
    }

    /// The kind of failure.
    public var code: Code
    /// The setting's name, or the file's.
    public var name: String
    /// The setting, its value, and what would have been right.
    public var description: String

    init(_ code: Code, _ name: String, _ description: String) {
        self.code = code
        self.name = name
        self.description = description
    }
}
