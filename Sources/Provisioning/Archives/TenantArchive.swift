import Postgres
import Tenancy

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An archive in a file, which was read to its end and found whole.
public struct TenantArchive: Sendable {
    public let path: String
    /// Whose it is.
    public let name: TenantName
    public let header: ArchiveHeader
    public let trailer: ArchiveTrailer
    private let descriptor: CInt

    /// Opens a file, reads all of it, and holds it open for the length of the call.
    /// - Throws: ``ProvisioningError`` with code `badArchive`.
    public static func with<R: Sendable>(_ path: String, _ body: (TenantArchive) async throws -> R) async throws -> R {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ProvisioningError(
                .badArchive,
                "\(path) cannot be read: \(String(cString: strerror(errno)))",
                next: "Give a file that archive has written."
            )
        }
        defer { close(descriptor) }
        let reader = ArchiveReader(descriptor, path: path)
        let header = try await reader.header()
        for _ in header.tables { while try await reader.chunk() != nil {} }
        let trailer = try await reader.end()
        let name: TenantName
        do { name = try TenantName(header.tenant) } catch {
            throw ProvisioningError(.badArchive, "\(path) is of no tenant: \(error)", next: "Use another archive.")
        }
        return try await body(
            TenantArchive(path: path, name: name, header: header, trailer: trailer, descriptor: descriptor)
        )
    }

    /// The tenant that a restore makes of it.
    /// - Throws: ``ProvisioningError`` with code `badDomain` where it has a domain that no tenant can have.
    public func tenant(_ options: RestoreOptions) throws -> NewTenant {
        let isOther = options.name != nil && options.name != name
        return NewTenant(
            name: options.name ?? name,
            domains: isOther || options.withoutDomains ? [] : try header.domains.map { try TenantDomain($0) },
            settings: JSONText(header.settings),
            withToken: isOther && options.withToken
        )
    }

    /// Reads it once more, from the beginning: the rows of its first table come next.
    /// - Throws: ``ProvisioningError`` with code `badArchive`, also when it has become another since.
    func again() async throws -> ArchiveReader {
        let reader = ArchiveReader(descriptor, path: path)
        guard try await reader.header() == header else {
            throw ProvisioningError(
                .badArchive,
                "\(path) was changed while it was read",
                next: "Run it again when nobody writes to it. Nothing was changed."
            )
        }
        return reader
    }
}
