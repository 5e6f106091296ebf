/// An SQL text as its statements, split where PostgreSQL's own lexer would end them (manual, "Lexical Structure").
///
/// It is not what keeps a script in its place: each statement is sent alone, and PostgreSQL refuses a text that holds
/// two. So a wrong split is an error of syntax, and nothing worse.
struct SQLScript: Equatable {
    /// One statement, without its semicolon and what stands before its first word.
    struct Statement: Equatable {
        let text: String
        /// Where it starts, from 1.
        let line: Int
        /// Its first words outside of quotes, in lower case.
        let words: [String]
    }

    let statements: [Statement]

    init(_ text: String) {
        var splitter = Splitter(bytes: Array(text.utf8))
        statements = splitter.split()
    }
}

/// Finds where statements end: over 100 lines, since it is one state machine.
private struct Splitter {
    let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var depth = 0
    /// How many BEGIN and CASE are open in the body of an SQL function (`BEGIN ATOMIC … END`).
    private var blocks = 0
    private var words: [String] = []
    private var start: (position: Int, line: Int)?
    private var statements: [SQLScript.Statement] = []

    /// What `CREATE OR REPLACE FUNCTION` and `SET SESSION SESSION AUTHORIZATION` need.
    private static let mostWords = 4

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func split() -> [SQLScript.Statement] {
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), 0x0B, 0x0C: advance()
            case UInt8(ascii: "-") where next == byte: skipLine()
            case UInt8(ascii: "/") where next == UInt8(ascii: "*"): skipComment()
            case UInt8(ascii: ";"): endStatement()
            default: token(byte)
            }
        }
        finish()
        return statements
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }
    private var next: UInt8? { position + 1 < bytes.count ? bytes[position + 1] : nil }

    private mutating func advance(_ count: Int = 1) {
        for byte in bytes[position..<min(position + count, bytes.count)] where byte == UInt8(ascii: "\n") { line += 1 }
        position = min(position + count, bytes.count)
    }

    private mutating func endStatement() {
        if depth == 0 && blocks == 0 { finish() }
        advance()
    }

    private mutating func finish() {
        if let start {
            var text = bytes[start.position..<position]
            while let last = text.last, last <= 0x20 { text.removeLast() }
            statements.append(.init(text: String(decoding: text, as: UTF8.self), line: start.line, words: words))
        }
        (start, words, depth, blocks) = (nil, [], 0, 0)
    }

    private mutating func token(_ byte: UInt8) {
        if start == nil { start = (position, line) }
        switch byte {
        case UInt8(ascii: "'"): skipQuoted(byte, escapes: false)
        case UInt8(ascii: "\""): skipQuoted(byte, escapes: false)
        case UInt8(ascii: "$"): skipDollar()
        case UInt8(ascii: "("):
            depth += 1
            advance()
        case UInt8(ascii: ")"):
            depth = max(0, depth - 1)
            advance()
        case _ where Self.startsWord(byte): word()
        default: advance()
        }
    }

    private static func startsWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    private static func continuesWord(_ byte: UInt8) -> Bool {
        startsWord(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "$")
    }

    private mutating func word() {
        let begin = position
        while let byte = current, Self.continuesWord(byte) { advance() }
        let word = String(decoding: bytes[begin..<position], as: UTF8.self).lowercased()
        if word == "e", current == UInt8(ascii: "'") { return skipQuoted(UInt8(ascii: "'"), escapes: true) }
        if words.count < Self.mostWords { words.append(word) }
        guard depth == 0, makesRoutine else { return }
        switch word {
        case "begin": blocks += 1
        case "case" where blocks > 0: blocks += 1
        case "end" where blocks > 0: blocks -= 1
        default: break
        }
    }

    private var makesRoutine: Bool {
        guard words.first == "create" else { return false }
        let kind = words.starts(with: ["create", "or", "replace"]) ? words.dropFirst(3).first : words.dropFirst().first
        return kind == "function" || kind == "procedure"
    }

    /// A doubled quote is two quoted texts, one after the other, which end at the same place.
    private mutating func skipQuoted(_ quote: UInt8, escapes: Bool) {
        advance()
        while let byte = current, byte != quote { advance(escapes && byte == UInt8(ascii: "\\") ? 2 : 1) }
        advance()
        guard escapes else { return }
        // It goes on after a doubled quote, and in the next line's quotes, with its escapes.
        var ahead = position
        while ahead < bytes.count, bytes[ahead] <= 0x20 { ahead += 1 }
        let isContinued = ahead == position || bytes[position..<ahead].contains(UInt8(ascii: "\n"))
        guard ahead < bytes.count, bytes[ahead] == quote, isContinued else { return }
        advance(ahead - position)
        skipQuoted(quote, escapes: true)
    }

    /// `$$ … $$` and `$tag$ … $tag$`; a lone `$1` is a parameter.
    private mutating func skipDollar() {
        var end = position + 1
        while end < bytes.count, Self.continuesWord(bytes[end]), bytes[end] != UInt8(ascii: "$") { end += 1 }
        let isTag = end == position + 1 || Self.startsWord(bytes[position + 1])
        guard isTag, end < bytes.count, bytes[end] == UInt8(ascii: "$") else { return advance() }
        let tag = bytes[position...end]
        advance(tag.count)
        while position < bytes.count, !bytes[position...].starts(with: tag) { advance() }
        advance(tag.count)
    }

    private mutating func skipLine() {
        while let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { advance() }
    }

    /// Comments nest.
    private mutating func skipComment() {
        var level = 0
        while let byte = current {
            if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                level += 1
                advance(2)
            } else if byte == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
                level -= 1
                advance(2)
                if level == 0 { return }
            } else {
                advance()
            }
        }
    }
}
