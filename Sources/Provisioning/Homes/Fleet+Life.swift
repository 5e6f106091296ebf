import Postgres
import Tenancy

extension Fleet {
    /// Takes a tenant out of service; its data stays. Doing it again changes nothing.
    public func suspend(_ name: TenantName) async throws {
        try await turn(name) { try await $0.suspend(name) }
    }

    /// Puts a suspended tenant back into service. Doing it again changes nothing.
    public func resume(_ name: TenantName) async throws {
        try await openWrites(ofSuspended: name)
        try await turn(name) { try await $0.resume(name) }
    }

    /// Lets a suspended tenant be written to once it is back, where its writes were ended so that it could be dropped.
    func openWrites(ofSuspended name: TenantName) async throws {
        try await withLock(on: name) {
            let tenant = try await control.record(name)
            let isClosed = try await control.withConnection("looking at \(name)") { connection in
                try await connection.query(
                    "select writes_paused and state = 'suspended' from polls_control.tenant where id = \(tenant.id)"
                ).decodeOne(Bool.self)
            }
            guard isClosed, !tenant.isMoving else { return }
            try await withHome(of: tenant) { try await site(of: tenant, in: $0).openWrites(of: name) }
            try await control.change(name, "resuming") { connection in
                _ = try await connection.query(
                    "update polls_control.tenant set writes_paused = false where id = \(tenant.id)"
                )
            }
        }
    }

    /// One tenant, and what it takes up where it lives.
    /// - Throws: ``ProvisioningError`` with code `noSuchTenant`.
    public func show(_ name: TenantName) async throws -> TenantDetails {
        let tenant = try await control.record(name)
        var details = try await withHome(of: tenant) { home in
            let details = try await home.provisioner.show(name)
            return TenantDetails(
                tenant: tenant,
                tables: details.tables,
                bytes: details.bytes,
                migrations: details.migrations
            )
        }
        (details.kept, details.move) = try await control.withConnection("reading the homes of \(name)") { connection in
            let kept = try await connection.query(
                """
                select level, server_name, drop_after from polls_control.home
                where tenant_id = \(tenant.id) and state = 'kept' and drop_after is not null order by id
                """
            ).decode(String.self, String?.self, Timestamp.self)
            let move = try await MoveRecord.last(of: tenant.id, connection)
            return (
                kept.map { level, server, after in
                    TenantDetails.KeptCopy(
                        place: Destination(level: Tenant.Level(rawValue: level) ?? .schema, server: server),
                        dropAfter: after
                    )
                }, move.flatMap { $0.step == .done || $0.step == .aborted ? nil : $0 }
            )
        }
        return details
    }

    /// A container's own server follows the registry beside it.
    private func turn(_ name: TenantName, _ body: (Provisioner) async throws -> Void) async throws {
        try await withLock(on: name) {
            let tenant = try await control.record(name)
            guard !tenant.isMoving else { throw ProvisioningError.moveUnderWay(of: name) }
            if tenant.level == .container, tenant.homeID != nil {
                try await withHome(of: tenant) { home in
                    try await home.provisioner.openIfClosed(name)
                    try await body(home.provisioner)
                }
            }
            try await body(control)
        }
    }
}
