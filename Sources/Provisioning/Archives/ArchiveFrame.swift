/// What stands before each piece of an archive: its kind, and its length in four bytes.
enum ArchiveFrame: UInt8 {
    /// Rows, in PostgreSQL's text format of COPY. A row may go on in the next frame.
    case rows = 0x44
    /// A table's rows are all there.
    case endOfTable = 0x45
    /// The ``ArchiveTrailer``; the digest comes after it.
    case trailer = 0x5A

    static let headLength = 5
    static let digestLength = 32
    /// Whatever a length says, no more is ever held in memory.
    static let longest = 1 << 20
    static let longestHeader = 16 << 20

    /// The kind and the length.
    func head(_ length: Int) -> [UInt8] {
        let length = UInt32(length)
        return [rawValue] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
    }

    /// How many rows end in a piece of COPY's text format: within a value, a line feed is written otherwise.
    static func rows(in chunk: [UInt8]) -> Int64 {
        chunk.withUnsafeBufferPointer { bytes in
            var count = 0
            for byte in bytes where byte == UInt8(ascii: "\n") { count &+= 1 }
            return Int64(count)
        }
    }
}
