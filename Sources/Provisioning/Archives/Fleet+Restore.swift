import Postgres
import Tenancy

extension Fleet {
    /// Makes the tenant of an archive, in a schema of the control database, at this program's version. Under its own name
    /// its tokens are valid again, as they were then.
    /// - Throws: ``ProvisioningError``. Nothing was made then, but with code `unknownOutcome`.
    public func restore(_ archive: TenantArchive, _ options: RestoreOptions) async throws -> CreatedTenant {
        let new = try archive.tenant(options)
        let isOther = new.name != archive.name
        return try await control.restore(try await RestoredRows(archive), as: new, ownTokens: isOther)
    }

    /// Looks whether an archive can be restored here. Changes nothing.
    /// - Throws: ``ProvisioningError``, with what stands in the way.
    public func checkRestore(of archive: TenantArchive, _ options: RestoreOptions) async throws {
        try await control.checkRestore(of: archive.header, as: try archive.tenant(options))
    }

    /// Makes another tenant with the rows that one has at this moment, wherever that lives, in a schema of the control
    /// database. No token of the one is valid at the other.
    /// - Throws: ``ProvisioningError``. Nothing was made then, but with code `unknownOutcome`.
    public func clone(_ name: TenantName, as new: TenantName, withToken: Bool = true) async throws -> CreatedTenant {
        try await withSnapshot(of: name, doing: "cloning") { snapshot in
            let settings = JSONText(snapshot.header.settings)
            let new = NewTenant(name: new, settings: settings, withToken: withToken)
            return try await control.restore(RestoredRows(snapshot), as: new, ownTokens: true)
        }
    }
}
