import Tenancy

extension Fleet {
    /// Stops isolated tenants' servers and PostgreSQL; their data stays, and `up(_:)` brings them back. One's failure stops
    /// no other.
    /// - Parameters:
    ///   - names: only these; `nil`: all that live in containers, and the front door that was started for them.
    ///   - report: called for each as it is done with.
    /// - Throws: ``ProvisioningError`` with code `noSuchTenant` for a name that is nobody's, and `wrongState` for a tenant
    ///   that lives in no container. Nothing was done then.
    /// - Returns: how many are down, and how many could not be stopped.
    public func down(
        _ names: [TenantName]?,
        report: (TenantName, (any Error)?) -> Void = { _, _ in }
    ) async throws -> (done: Int, failed: Int) {
        let waiting = try await isolated(names)
        let runtime = try runtime()
        var counts = (done: 0, failed: 0)
        for name in waiting {
            do {
                try await withContainer(of: name, runtime) { try await runtime.stop($1) }
                counts.done += 1
                report(name, nil)
            } catch {
                counts.failed += 1
                report(name, error)
            }
        }
        if names == nil, counts.failed == 0 { try await runtime.closeFront() }
        return counts
    }
}
