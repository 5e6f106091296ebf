import Postgres
import Tenancy

extension Fleet {
    /// Writes a move down, with the home that it will make, and marks the tenant. Migrations wait from here on.
    func begin(_ plan: MovePlan, keepSeconds: Int64, report: @escaping Report) async throws -> MoveRun {
        let tenant = plan.tenant
        let move = try await control.change(tenant.name, "beginning to move") { connection in
            let found = try await connection.run([
                "set local lock_timeout = '5s'",
                AdvisoryLock.migrate(tenant.name).wait,
                """
                select state = \(tenant.state.rawValue) and home_id is not distinct from \(tenant.homeID)
                    and schema_oid = \(tenant.schemaOID) and schema_version = \(tenant.schemaVersion)
                from polls_control.tenant where id = \(tenant.id) for update
                """,
            ])[2].decodeOptional(Bool.self)
            guard found == true else {
                throw ProvisioningError(
                    .wrongState,
                    "the tenant \(tenant.name) is \(found == nil ? "gone" : "not as it was when the move was planned")",
                    next: "Look at it with show, and run the move again."
                )
            }
            let home = try await claimHome(plan.to, for: tenant.name, id: tenant.id, connection)
            _ = try await connection.run([
                """
                insert into polls_control.move (tenant_id, from_level, from_server, from_home, to_level, to_server,
                    to_home, method, keep)
                values (\(tenant.id), \(plan.from.level.rawValue), \(plan.from.server), \(tenant.homeID),
                    \(plan.to.level.rawValue), \(plan.to.server), \(home.id), \(plan.method.rawValue),
                    make_interval(secs => \(Double(keepSeconds))))
                """,
                // A suspended one is served neither before nor during nor after it.
                "update polls_control.tenant set state = 'moving' where id = \(tenant.id) and state = 'active'",
            ])
            guard let move = try await MoveRecord.last(of: tenant.id, connection) else {
                throw PostgresError(.decoding, "the move that was written cannot be read")
            }
            return move
        }
        return MoveRun(fleet: self, move: move, tenant: tenant, report: report)
    }
}
