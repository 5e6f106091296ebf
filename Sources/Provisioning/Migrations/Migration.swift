import Crypto

/// One numbered step of a schema: `NNNN_name.sql`.
public struct Migration: Sendable, Equatable {
    /// Its number, from 1.
    public let version: Int32
    /// The file's name, `NNNN_name.sql`.
    public let file: String
    /// SHA-256 of the file's bytes, in hex.
    public let checksum: String
    /// The statements, run as one script.
    let script: String

    /// Reads a list of files, in any order, as migrations numbered from 1 without gaps.
    /// - Throws: ``ProvisioningError`` with code `badMigrations`, naming the file.
    public static func load(_ files: [(file: String, bytes: [UInt8])]) throws(ProvisioningError) -> [Migration] {
        var migrations: [Migration] = []
        for (file, bytes) in files { migrations.append(try Migration(file: file, bytes: bytes)) }
        migrations.sort { ($0.version, $0.file) < ($1.version, $1.file) }
        for (index, migration) in migrations.enumerated() where Int(migration.version) != index + 1 {
            let isTwice = index > 0 && migrations[index - 1].version == migration.version
            let what =
                isTwice
                ? "\(migrations[index - 1].file) and \(migration.file) have the same number"
                : "there is no migration \(index + 1): the next one is \(migration.file)"
            throw .badMigration(what)
        }
        return migrations
    }

    private init(file: String, bytes: [UInt8]) throws(ProvisioningError) {
        guard let version = Self.version(of: Array(file.utf8)) else {
            throw .badMigration("the file name \(file.debugDescription) has not the form NNNN_name.sql, from 0001 on")
        }
        guard let script = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw .badMigration("\(file) is not UTF-8 text")
        }
        let statements = SQLScript(script).statements
        guard !statements.isEmpty else { throw .badMigration("\(file) is empty") }
        if let control = statements.first(where: \.controlsTransaction) {
            throw .badMigration("\(file), line \(control.line): \(control.name): a migration is one transaction")
        }
        self.version = version
        self.file = file
        self.script = script
        checksum = SHA256.hash(data: bytes).hex
    }

    private static func version(of name: [UInt8]) -> Int32? {
        let suffix = Array(".sql".utf8)
        guard name.count > 5 + suffix.count, name[4] == UInt8(ascii: "_"), name.suffix(4) == suffix[...] else {
            return nil
        }
        let digits = name.prefix(4)
        let label = name.dropFirst(5).dropLast(suffix.count)
        let isDigits = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let isLabel = label.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_")
        }
        guard isDigits, isLabel, let version = Int32(String(decoding: digits, as: UTF8.self)), version > 0 else {
            return nil
        }
        return version
    }
}

extension ProvisioningError {
    fileprivate static func badMigration(_ what: String) -> Self {
        ProvisioningError(.badMigrations, what, next: "Mend the list of migrations and build again.")
    }
}

extension Sequence<UInt8> {
    /// Two lower-case hex digits a byte.
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
