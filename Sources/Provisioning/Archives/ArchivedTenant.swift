/// An archive that was written.
public struct ArchivedTenant: Sendable {
    public let header: ArchiveHeader
    /// `nil`: it went to a stream.
    public let path: String?
    public let rows: Int64
    /// The archive's length.
    public let bytes: Int64
    /// SHA-256 of all but its last 32 bytes, which hold it, in hex.
    public let digest: String
}
