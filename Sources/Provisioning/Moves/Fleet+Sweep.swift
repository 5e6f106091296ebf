import Tenancy

extension Fleet {
    /// Removes the old copies whose time has come; of one tenant, all that are kept. One that cannot be reached stops no
    /// other.
    /// - Parameters:
    ///   - only: whose copies go now, whatever their time.
    ///   - report: called for each.
    /// - Throws: ``ProvisioningError``, with code `noSuchTenant` or `moveUnderWay` for the tenant that is named.
    /// - Returns: how many were removed, and how many could not be.
    public func sweep(
        only: TenantName? = nil,
        report: (TenantName, Home, (any Error)?) -> Void = { _, _, _ in }
    ) async throws -> (removed: Int, failed: Int) {
        if let only, try await control.record(only).isMoving { throw ProvisioningError.moveUnderWay(of: only) }
        let due = try await control.withConnection("looking for old copies") { connection in
            try await connection.query(
                """
                select name, home.id from polls_control.home join polls_control.tenant on tenant.id = tenant_id
                where home.state = 'kept' and (case when \(only?.rawValue)::text is null then drop_after <= now()
                    else name = \(only?.rawValue)::text end) and tenant.state not in ('creating', 'dropping')
                    and not exists (
                        select from polls_control.move where move.tenant_id = tenant.id and finished_at is null)
                order by home.id
                """
            ).decode(String.self, Int64.self)
        }
        var counts = (removed: 0, failed: 0)
        for (text, id) in due {
            let name = try TenantName(stored: text)
            let home = try await control.withConnection("reading the registry") { try await Home.read(id, $0) }
            // Another sweep was here first.
            guard let home else { continue }
            do {
                try await withLock(on: name) {
                    try await destroy(home, of: try await control.record(name).container(id))
                }
                counts.removed += 1
                report(name, home, nil)
            } catch {
                counts.failed += 1
                report(name, home, error)
            }
        }
        return counts
    }
}
