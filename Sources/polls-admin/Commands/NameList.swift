import ArgumentParser
import Tenancy

/// The names that the command line and a file give: all of them good, and none twice, before anything is made.
struct NameList {
    private(set) var names: [TenantName] = []

    /// - Throws: `ValidationError`; ``WrongUse``, naming the file's line.
    init(_ arguments: [String], file: String?) throws {
        var seen: Set<TenantName> = []
        for text in arguments { try add(text, at: "", &seen) }
        guard let file else { return }
        // A file from Windows ends its lines with CR and LF, which are one Character.
        let lines = try InputFile.read(file).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let text = line.prefix { $0 != "#" }.trimmingSpace()
            if !text.isEmpty { try add(text, at: "\(file == "-" ? "standard input" : file):\(index + 1): ", &seen) }
        }
        guard !names.isEmpty else { throw WrongUse("\(file) has no name.") }
    }

    private mutating func add(_ text: String, at place: String, _ seen: inout Set<TenantName>) throws {
        func wrong(_ what: String) -> any Error { place.isEmpty ? ValidationError(what) : WrongUse(place + what) }
        let name: TenantName
        do { name = try TenantName(text) } catch { throw wrong(error.description) }
        guard seen.insert(name).inserted else { throw wrong("\(name) is there twice") }
        names.append(name)
    }
}
