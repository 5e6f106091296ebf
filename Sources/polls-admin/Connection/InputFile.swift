import FoundationEssentials

/// A file that the command line names, `-` for standard input.
enum InputFile {
    /// - Throws: ``WrongUse``.
    static func read(_ path: String) throws -> String {
        if path == "-" {
            var text = ""
            while let line = readLine(strippingNewline: false) { text += line }
            return text
        }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw WrongUse("\(path) cannot be read.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw WrongUse("\(path) is not UTF-8 text.") }
        return text
    }
}

extension StringProtocol {
    /// Without white space at either end.
    func trimmingSpace() -> String {
        var rest = self[...]
        while rest.first?.isWhitespace ?? false { rest.removeFirst() }
        while rest.last?.isWhitespace ?? false { rest.removeLast() }
        return String(rest)
    }
}
