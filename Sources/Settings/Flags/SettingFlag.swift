import ArgumentParser

/// A setting that the command line gives.
///
/// The flag has the setting's name: lower-case, with dashes, without `POLLS_`. `POLLS_MAX_BODY` is `--max-body`.
public struct SettingFlag: Sendable, Equatable {
    /// As in the environment.
    public let name: String
    /// As it was given.
    public let value: String

    /// The flag of a setting, as it is typed.
    static func spelling(of setting: String) -> String {
        let short = setting.hasPrefix("POLLS_") ? setting.dropFirst("POLLS_".count) : setting[...]
        return "--" + short.lowercased().replacing("_", with: "-")
    }
}

extension Option where Value == SettingFlag? {
    /// The flag of one setting.
    /// - Parameters:
    ///   - setting: its name in the environment.
    ///   - help: what it is, with its unit.
    ///   - standard: what holds without it.
    ///   - value: what the flag's value is called in the help.
    public init(
        _ setting: String,
        _ help: String,
        default standard: String? = nil,
        _ value: String,
        completion: CompletionKind? = nil
    ) {
        let origin = standard.map { "\(setting); \($0)" } ?? setting
        self.init(
            name: .customLong(String(SettingFlag.spelling(of: setting).dropFirst(2))),
            help: ArgumentHelp("\(help) (\(origin))", valueName: value),
            completion: completion,
            transform: { SettingFlag(name: setting, value: $0) }
        )
    }
}

/// A group of flags, each of them a setting.
public protocol SettingFlags: ParsableArguments {}

extension SettingFlags {
    /// What the command line gives, by the settings' names: for ``Settings/init(flags:environment:)``.
    public var values: [String: String] {
        // Every property is asked, so that a new one needs no second entry.
        let given = Mirror(reflecting: self).children.compactMap { ($0.value as? Option<SettingFlag?>)?.wrappedValue }
        return Dictionary(given.map { ($0.name, $0.value) }) { $1 }
    }
}
