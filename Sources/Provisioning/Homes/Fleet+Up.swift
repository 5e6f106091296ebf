import Tenancy

extension Fleet {
    /// Brings isolated tenants' PostgreSQL and servers up, a few at a time, and leads their hosts there: after their
    /// machine was restarted, or when there is a new image. One's failure stops no other.
    /// - Parameters:
    ///   - names: only these; `nil`: all that live in containers.
    ///   - report: called for each as it is done with, one call at a time.
    /// - Throws: ``ProvisioningError`` with code `noSuchTenant` for a name that is nobody's, and `wrongState` for a tenant
    ///   that lives in no container. Nothing was done then.
    /// - Returns: how many are up, and how many could not be brought up.
    public func up(
        _ names: [TenantName]?,
        width: Int = 4,
        report: (TenantName, (any Error)?) -> Void = { _, _ in }
    ) async throws -> (done: Int, failed: Int) {
        var waiting = try await isolated(names)[...]
        guard !waiting.isEmpty else { return (0, 0) }
        let runtime = try runtime()
        var counts = (done: 0, failed: 0)
        await withTaskGroup(of: (TenantName, (any Error)?).self) { group in
            func begin() {
                guard let name = waiting.popFirst() else { return }
                group.addTask {
                    do {
                        try await bringUp(name, runtime)
                        return (name, nil)
                    } catch { return (name, error) }
                }
            }
            for _ in 0..<width { begin() }
            while let (name, error) = await group.next() {
                if error == nil { counts.done += 1 } else { counts.failed += 1 }
                report(name, error)
                begin()
            }
        }
        // Where no tenant's files are, a front door would be one beside the fleet's own.
        if try await isPlace(of: containers(), runtime) { try await runtime.route { try await containers() } }
        return counts
    }

    private func isPlace(of containers: [TenantContainer], _ runtime: any ContainerRuntime) async throws -> Bool {
        for container in containers where (try? await runtime.checkFiles(of: [container])) != nil { return true }
        return containers.isEmpty
    }

    /// Tenants that live in containers: those that are named, or all.
    func isolated(_ names: [TenantName]?) async throws -> [TenantName] {
        guard let names else { return try await containers().map(\.tenant) }
        for name in names {
            let tenant = try await control.record(name)
            guard tenant.level == .container, tenant.homeID != nil else {
                throw ProvisioningError(
                    .wrongState,
                    "the tenant \(name) is at the level \(tenant.level.rawValue): it has no containers",
                    next: "See which tenants have, with list, or isolate it."
                )
            }
        }
        return names
    }

    private func bringUp(_ name: TenantName, _ runtime: any ContainerRuntime) async throws {
        try await withContainer(of: name, runtime) { tenant, container in
            try await runtime.startDatabase(container)
            // Opening it brings its registry to this version, without which a server of this version would not serve.
            try await withHome(of: tenant) { try await $0.provisioner.openIfClosed(name) }
            try await runtime.startApp(container)
        }
    }

    /// Keeps others from a tenant while the body works on its containers, whose files are here; does nothing where it has
    /// none any more.
    func withContainer(
        of name: TenantName,
        _ runtime: any ContainerRuntime,
        _ body: (TenantRecord, TenantContainer) async throws -> Void
    ) async throws {
        try await withLock(on: name) {
            let tenant = try await control.record(name)
            guard !tenant.isMoving else { throw ProvisioningError.moveUnderWay(of: name) }
            guard let home = tenant.homeID, tenant.level == .container else { return }
            let container = tenant.container(home)
            try await runtime.checkFiles(of: [container])
            try await body(tenant, container)
        }
    }
}
