import Crypto
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes an archive, piece by piece: see ``ArchiveHeader`` for the pieces.
actor ArchiveWriter {
    private let descriptor: CInt
    /// How people know what is written to.
    private let place: String
    private var digest = SHA256()
    private var rows: [Int64] = []
    private var rowsOfTable: Int64 = 0
    private var bytes: Int64 = 0

    init(_ descriptor: CInt, place: String) {
        self.descriptor = descriptor
        self.place = place
    }

    func begin(_ header: ArchiveHeader) throws { try write(Self.json(header) + [UInt8(ascii: "\n")]) }

    /// Rows of the table that is at hand.
    func add(_ chunk: [UInt8]) throws {
        rowsOfTable += ArchiveFrame.rows(in: chunk)
        var rest = chunk[...]
        while !rest.isEmpty {
            let piece = rest.prefix(ArchiveFrame.longest)
            try write(ArchiveFrame.rows.head(piece.count) + piece)
            rest = rest.dropFirst(piece.count)
        }
    }

    func endTable() throws {
        try write(ArchiveFrame.endOfTable.head(0))
        rows.append(rowsOfTable)
        rowsOfTable = 0
    }

    /// - Returns: how many bytes it has, and its digest in hex.
    func end() throws -> (trailer: ArchiveTrailer, bytes: Int64, digest: String) {
        let trailer = ArchiveTrailer(rows: rows)
        let json = try Self.json(trailer)
        try write(ArchiveFrame.trailer.head(json.count) + json)
        let sum = Array(digest.finalize())
        try write(sum)
        return (trailer, bytes, sum.hex)
    }

    private func write(_ piece: [UInt8]) throws {
        digest.update(data: piece)
        bytes += Int64(piece.count)
        try piece.withUnsafeBytes { piece in
            var rest = piece[...]
            while !rest.isEmpty {
                let count = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest))
                guard count > 0 else {
                    if count < 0, errno == EINTR { continue }
                    throw ArchiveFile.failure(place)
                }
                rest = rest.dropFirst(count)
            }
        }
    }

    private nonisolated func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    /// One line; keys in snake case, sorted.
    private static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
