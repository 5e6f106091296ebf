/// FNV-1a with 64 bits: the same in every process, and a short name for a long text.
enum StableHash {
    static func hex(_ text: String) -> String {
        let hash = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
