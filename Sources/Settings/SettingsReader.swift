/// Reads one setting at a time, by its name in the environment; a value that cannot be used is an error that names it, and
/// the setting as whoever gave it did.
///
/// An empty value counts as none, as `${NAME:-}` of a compose file gives it.
struct SettingsReader {
    /// Names and values, by the settings' names; the command line before the environment, and both before the file.
    let flags: [String: String]
    var environment: [String: String] = [:]
    var file: [String: String] = [:]
    /// The file's.
    var path = ""

    func text(_ name: String) -> String? {
        [flags, environment, file].lazy.compactMap { $0[name] }.first { !$0.isEmpty }
    }

    /// A setting, as it was given.
    private func given(_ name: String) -> String {
        if flags[name]?.isEmpty == false { return SettingFlag.spelling(of: name) }
        return environment[name]?.isEmpty == false ? name : "\(name) of \(path)"
    }

    func number(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = text(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw bad(name, text, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Seconds, with or without a fraction.
    func seconds(_ name: String, default standard: Duration) throws -> Duration {
        guard let text = text(name) else { return standard }
        guard let seconds = Double(text), seconds > 0, seconds <= 86_400 else {
            throw bad(name, text, "seconds, more than 0 and at most 86400")
        }
        return .milliseconds(Int((seconds * 1000).rounded(.up)))
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        default standard: Choice
    ) throws -> Choice where Choice.RawValue == String {
        guard let text = text(name) else { return standard }
        guard let choice = Choice(rawValue: text) else {
            throw bad(name, text, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    /// At most 100 characters that a header field may hold.
    func visible(_ name: String) throws -> String? {
        guard let text = text(name) else { return nil }
        guard text.utf8.count <= 100, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw bad(name, text, "at most 100 visible ASCII characters")
        }
        return text
    }

    /// A host name of letters, digits, dashes and dots.
    func domain(_ name: String, default standard: String) throws -> String {
        guard let text = text(name)?.lowercased() else { return standard }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isDomain =
            text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            }
        guard isDomain else { throw bad(name, text, "a domain such as polls.localhost") }
        return text
    }

    private func bad(_ name: String, _ value: String, _ expected: String) -> SettingsError {
        SettingsError(.value, name, "\(given(name)) is \"\(value)\"; it has to be \(expected)")
    }
}
