import Postgres
import Tenancy

extension Fleet {
    /// Writes one moment of a tenant into a file of its own, while it is served.
    /// - Parameter folder: where the file comes to be.
    /// - Throws: ``ProvisioningError``. No file is there then.
    public func archive(_ name: TenantName, to folder: String) async throws -> ArchivedTenant {
        try await withSnapshot(of: name, doing: "archiving") { snapshot in
            try await ArchiveFile.with(snapshot.header.fileName, in: folder) { file in
                try await write(snapshot, to: ArchiveWriter(file.descriptor, place: file.path), path: file.path)
            }
        }
    }

    /// Writes one moment of a tenant to a stream, such as standard output.
    public func archive(_ name: TenantName, toStream descriptor: CInt) async throws -> ArchivedTenant {
        try await withSnapshot(of: name, doing: "archiving") { snapshot in
            try await write(snapshot, to: ArchiveWriter(descriptor, place: "the archive's stream"), path: nil)
        }
    }

    /// Archives many tenants, a few at a time, each as it is at a moment of its own. One's failure stops no other.
    /// - Parameter report: called for each as it is done, one call at a time. When it throws, no further one is begun.
    public func archive(
        _ names: [TenantName],
        to folder: String,
        width: Int = 2,
        report: (TenantName, Result<ArchivedTenant, any Error>) throws -> Void
    ) async throws {
        try await Batch.run(names, width: width, { try await archive($0, to: folder) }, report)
    }

    /// The tenants that can be archived, by name.
    public func archivable() async throws -> [TenantName] {
        try await control.list().filter { $0.state != .creating && $0.state != .dropping }.map(\.name)
    }

    private func write(_ snapshot: TenantSnapshot, to writer: ArchiveWriter, path: String?) async throws
        -> ArchivedTenant
    {
        try await writer.begin(snapshot.header)
        for table in snapshot.header.tables {
            try await snapshot.connection.copyOut(try snapshot.reading(table)) { try await writer.add($0) }
            try await writer.endTable()
        }
        let (trailer, bytes, digest) = try await writer.end()
        return ArchivedTenant(header: snapshot.header, path: path, rows: trailer.total, bytes: bytes, digest: digest)
    }
}
