import Postgres
import Tenancy

extension Fleet {
    /// Holds one moment of a tenant, wherever it lives, for the length of the call.
    /// - Throws: ``ProvisioningError``, with code `cannotArchive` where no restore could make its schema.
    func withSnapshot<R: Sendable>(
        of name: TenantName,
        doing: String,
        _ body: (TenantSnapshot) async throws -> R
    ) async throws -> R {
        let tenant = try await control.record(name)
        guard tenant.state != .creating, tenant.state != .dropping else {
            throw ProvisioningError.unfinished(name, tenant.state.rawValue)
        }
        return try await withHome(of: tenant) { home in
            let site = try await site(of: tenant, in: home)
            return try await home.provisioner.withConnection("\(doing) \(name)") { connection in
                try await TenantSnapshot.with(
                    site,
                    of: name,
                    connection,
                    current: { try await stillAt(tenant) }
                ) { snapshot in
                    try await check(snapshot)
                    return try await body(snapshot)
                }
            }
        }
    }

    /// The moment that was fixed is one of the tenant's life: until after it, nothing was written elsewhere.
    private func stillAt(_ before: TenantRecord) async throws -> TenantRecord {
        let now = try await control.record(before.name)
        guard now.id == before.id, now.homeID == before.homeID, now.schemaOID == before.schemaOID,
            now.state != .dropping
        else {
            throw ProvisioningError(
                .busy,
                "\(before.name) has moved in this moment, or is being dropped",
                next: "Look at it with show, and run it again."
            )
        }
        return now
    }

    /// What no restore could take in is refused now, while there is something to be done about it.
    private func check(_ snapshot: TenantSnapshot) async throws {
        let header = snapshot.header
        let pending = try header.ledger.pending(of: control.product.migrations, owner: header.tenant)
        let outline = try await control.outline(of: control.product.migrations[..<pending.startIndex])
        if let difference = outline.difference(from: SchemaOutline(lines: header.outline)) {
            throw ProvisioningError(
                .cannotArchive,
                "the schema of \(header.tenant) is not as the migrations make it: \(difference)",
                next: "Bring the schema to what the migrations make, or the difference into a migration."
            )
        }
    }
}
