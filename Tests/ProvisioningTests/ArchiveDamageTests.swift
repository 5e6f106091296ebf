import FoundationEssentials
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// A file that is not whole, or not as it was written, is refused before anything is done.
@Suite struct ArchiveDamageTests {
    /// An archive of a tenant with a few rows.
    private func withArchive(
        _ body: @escaping @Sendable (_ bytes: [UInt8], Fleet, TestRegistry, Scratch) async throws -> Void
    ) async throws {
        try await TestRegistry.with { registry in
            try await Scratch.with { folder in
                let fleet = try Fleet.forTests(registry.provisioner, registry.configuration)
                let name = try uniqueName()
                _ = try await fleet.create(NewTenant(name: name), at: Destination("schema"))
                _ = try await registry.provisioner.run(
                    "insert into question (question) select 'question ' || n from generate_series(1, 40) n",
                    in: name
                )
                let path = try #require(try await fleet.archive(name, to: folder.path).path)
                let bytes = try folder.read(path)
                try await body(bytes, fleet, registry, folder)
            }
        }
    }

    /// - Returns: the code of what a restore fails with.
    private func restore(
        _ bytes: [UInt8],
        _ fleet: Fleet,
        _ folder: Scratch
    ) async throws -> ProvisioningError.Code? {
        let path = try folder.write(bytes)
        return try await code {
            let options = RestoreOptions(as: try uniqueName("other"))
            _ = try await TenantArchive.with(path) { try await fleet.restore($0, options) }
        }
    }

    @Test func cutOffAnywhereItIsRefused() async throws {
        try await withArchive { bytes, fleet, registry, folder in
            let lengths: [Int] =
                Array(stride(from: 0, to: bytes.count, by: 61)) + Array((bytes.count - 40)..<bytes.count)
            for length in lengths {
                let code = try await restore(Array(bytes.prefix(length)), fleet, folder)
                #expect(code == .badArchive, "\(length) bytes")
            }
            for more in [[0], bytes] {
                let code = try await restore(bytes + more, fleet, folder)
                #expect(code == .badArchive, "\(more.count) bytes more")
            }
            #expect(try await registry.provisioner.list().count == 1, "nothing was restored")
            #expect(try await restore(bytes, fleet, folder) == nil, "the whole of it is an archive")
        }
    }

    @Test func aBitThatIsOtherIsRefused() async throws {
        try await withArchive { bytes, fleet, registry, folder in
            let places: [Int] =
                Array(stride(from: 0, to: bytes.count, by: 37)) + Array((bytes.count - 120)..<bytes.count)
            for index in places {
                var changed = bytes
                changed[index] ^= UInt8(1) << UInt8(index % 8)
                let code = try await restore(changed, fleet, folder)
                #expect(code == .badArchive, "at \(index)")
            }
            #expect(try await registry.provisioner.list().count == 1, "nothing was restored")
        }
    }

    /// Lengths that no archive has cost no memory and no time.
    @Test(arguments: ["", "{}\n", "\n", #"{"format":"tenant-archive","format_version":2}"# + "\n", "PGDMP"])
    func anythingElseIsRefused(text: String) async throws {
        try await Scratch.with { folder in
            let endings: [[UInt8]] = [[], [0x44, 255, 255, 255, 255], [UInt8](repeating: 0x5A, count: 100_000)]
            for rest in endings {
                let bytes: [UInt8] = Array(text.utf8) + rest
                let path = try folder.write(bytes)
                #expect(try await code { try await TenantArchive.with(path) { _ in } } == .badArchive)
            }
            #expect(try await code { try await TenantArchive.with(folder.path) { _ in } } == .badArchive, "a folder")
            #expect(try await code { try await TenantArchive.with("/dev/zero") { _ in } } == .badArchive)
            #expect(try await code { try await TenantArchive.with(folder.path + "/no") { _ in } } == .badArchive)
        }
    }

    /// What was found whole may be another when it is read for its rows.
    @Test func changedAfterTheCheckItLeavesNothing() async throws {
        try await withArchive { bytes, fleet, registry, folder in
            let path = try folder.write(bytes)
            let other = try uniqueName("other")
            let error = try await code {
                try await TenantArchive.with(path) { archive in
                    var changed = bytes
                    let index = try #require(bytes.firstRange(of: Array("question 17".utf8))?.lowerBound)
                    changed[index] = UInt8(ascii: "Q")
                    _ = try folder.write(changed)
                    _ = try await fleet.restore(archive, RestoreOptions(as: other))
                }
            }
            #expect(error == .badArchive)
            #expect(try await Leftovers(of: other.rawValue, in: registry.client) == .none)
        }
    }
}
