import Crypto
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads an archive once, from its first byte to its last: see ``ArchiveHeader`` for the pieces. It holds a few pieces in
/// memory, whatever the file says of their lengths.
actor ArchiveReader {
    private let descriptor: CInt
    private let path: String
    private var digest = SHA256()
    private var buffer: [UInt8] = []
    /// Where in the buffer the next byte is.
    private var start = 0
    /// Where in the file the buffer ends.
    private var offset: Int64 = 0
    private var rows: [Int64] = []
    private var rowsOfTable: Int64 = 0

    init(_ descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// The first line. Comes first.
    /// - Throws: ``ProvisioningError`` with code `badArchive`, as all of these.
    func header() throws -> ArchiveHeader {
        struct Kind: Decodable {
            let format: String
            let formatVersion: Int
        }
        let line = try readLine()
        guard let kind: Kind = Self.decode(line), kind.format == ArchiveHeader.format else {
            throw bad("is no archive of a tenant, or its beginning is damaged")
        }
        guard kind.formatVersion == ArchiveHeader.formatVersion else {
            throw bad(
                "has the format \(kind.formatVersion), and this program knows \(ArchiveHeader.formatVersion)",
                "Use the program that wrote it, or a newer one."
            )
        }
        guard let header: ArchiveHeader = Self.decode(line) else { throw bad("is damaged: its header cannot be read") }
        return header
    }

    /// The next rows of the table that is at hand; `nil` at its end, after which come those of the next one.
    func chunk() throws -> [UInt8]? {
        let (kind, length) = try frame()
        switch kind {
        case .rows:
            let chunk = try read(length)
            rowsOfTable += ArchiveFrame.rows(in: chunk)
            return chunk
        case .endOfTable where length == 0:
            rows.append(rowsOfTable)
            rowsOfTable = 0
            return nil
        case .endOfTable, .trailer: throw damaged
        }
    }

    /// Holds what was read against the trailer, and all of it against the digest. Comes last.
    func end() throws -> ArchiveTrailer {
        let (kind, length) = try frame()
        guard kind == .trailer else { throw damaged }
        let text = try read(length)
        let expected = Array(digest.finalize())
        guard try read(ArchiveFrame.digestLength, counted: false) == expected else {
            throw bad("is damaged, or was altered: its digest is another")
        }
        guard start == buffer.count, try !fill() else { throw bad("is damaged: something comes after its end") }
        guard let trailer: ArchiveTrailer = Self.decode(text), trailer.rows == rows else { throw damaged }
        return trailer
    }

    /// The rows of the table that is at hand, as a COPY takes them.
    nonisolated var chunks: Chunks { Chunks(reader: self) }

    struct Chunks: AsyncSequence, Sendable {
        let reader: ArchiveReader

        struct Iterator: AsyncIteratorProtocol {
            let reader: ArchiveReader
            func next() async throws -> [UInt8]? { try await reader.chunk() }
        }

        func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }
    }

    // MARK: Bytes

    private func frame() throws -> (ArchiveFrame, Int) {
        let head = try read(ArchiveFrame.headLength)
        let length = head.dropFirst().reduce(0) { $0 << 8 | Int($1) }
        guard let kind = ArchiveFrame(rawValue: head[0]), length <= ArchiveFrame.longest else { throw damaged }
        return (kind, length)
    }

    private func readLine() throws -> [UInt8] {
        var line: [UInt8] = []
        while true {
            let rest = buffer[start...]
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            let piece = rest[..<(end ?? rest.endIndex)]
            line += piece
            guard line.count <= ArchiveFrame.longestHeader else { throw bad("is no archive of a tenant") }
            start = end.map { $0 + 1 } ?? buffer.count
            if end != nil { break }
            guard try fill() else { throw bad("is no archive of a tenant, or ends too early") }
        }
        digest.update(data: line)
        digest.update(data: [UInt8(ascii: "\n")])
        return line
    }

    private func read(_ count: Int, counted: Bool = true) throws -> [UInt8] {
        while buffer.count - start < count {
            guard try fill() else { throw bad("ends too early: it was cut off") }
        }
        let bytes = Array(buffer[start..<(start + count)])
        start += count
        if counted { digest.update(data: bytes) }
        return bytes
    }

    /// Takes more of the file into the buffer.
    /// - Returns: false at the file's end.
    private func fill() throws -> Bool {
        buffer.removeFirst(start)
        start = 0
        let length = 1 << 18
        let used = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: length))
        let offset = offset
        var count = 0
        repeat {
            count = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: used), length, off_t(offset))
            }
        } while count < 0 && errno == EINTR
        buffer.removeLast(length - max(0, count))
        guard count >= 0 else {
            throw ProvisioningError(
                .badArchive,
                "\(path) cannot be read: \(String(cString: strerror(errno)))",
                next: errno == ESPIPE ? "Give a file: it is read twice." : "Give a file that this user may read."
            )
        }
        self.offset += Int64(count)
        return count > 0
    }

    private static func decode<Value: Decodable>(_ bytes: [UInt8]) -> Value? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try? decoder.decode(Value.self, from: Data(bytes))
    }

    private var damaged: ProvisioningError { bad("is damaged: its pieces do not fit together") }

    private func bad(_ what: String, _ next: String = "Use another archive. Nothing was changed.") -> ProvisioningError
    {
        ProvisioningError(.badArchive, "\(path) \(what)", next: next)
    }
}
