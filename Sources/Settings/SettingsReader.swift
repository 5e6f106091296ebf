/// Reads one setting at a time, by its name in the environment; a value that cannot be used is an error that names both.
///
/// An empty value counts as none, as `${NAME:-}` of a compose file gives it.
struct SettingsReader {
    /// Names and values, the first source before the next.
    let sources: [[String: String]]

    func text(_ name: String) -> String? {
        sources.lazy.compactMap { $0[name] }.first { !$0.isEmpty }
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
        SettingsError(.value, name, "\(name) is \"\(value)\"; it has to be \(expected)")
    }
}
