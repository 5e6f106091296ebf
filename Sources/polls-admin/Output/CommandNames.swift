import ArgumentParser

/// The commands' names, for whoever mistypes one.
enum CommandNames {
    /// - Throws: ``WrongUse`` when the first word, or what help is wanted for, is no command's name.
    static func check(_ arguments: [String]) throws {
        let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        guard let word = words.first, !word.hasPrefix("-"), word != "help", !all.contains(word) else { return }
        let like = all.filter { $0.hasPrefix(word) || word.hasPrefix($0) || distance($0, word) <= 2 }
        throw WrongUse(
            "there is no command \(word.debugDescription). "
                + (like.isEmpty
                    ? "See which there are: polls-admin --help"
                    : "Did you mean \(like.joined(separator: " or "))?")
        )
    }

    private static let all = PollsAdmin.configuration.groupedSubcommands.flatMap(\.subcommands).map { command in
        command.configuration.commandName ?? "\(command)".lowercased()
    }

    /// How many letters have to be added, left out or changed to make one of the other.
    private static func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var corner = row[0]
            row[0] = index + 1
            for column in other.indices {
                let changed = corner + (letter == other[column] ? 0 : 1)
                corner = row[column + 1]
                row[column + 1] = min(changed, row[column] + 1, corner + 1)
            }
        }
        return row[other.count]
    }
}
