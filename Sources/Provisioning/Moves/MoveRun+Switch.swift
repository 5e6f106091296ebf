import Postgres
import Tenancy

extension MoveRun {
    /// The moment of a move: one transaction of the control registry, before which the tenant lives in the old place,
    /// and after which in the new one. The old place has refused writes since before, and goes on refusing them.
    func switchOver(to target: MoveSite, rows: Int64, pause: Duration) async throws {
        try await control.change(tenant.name, "switching") { connection in
            try await advance(from: .paused, to: .switched, connection)
            _ = try await connection.query(
                """
                update polls_control.move set rows = \(rows), pause_us = \(pause.microseconds)
                where id = \(move.id)
                """
            )
            try await keepOld(connection)
            if move.to.level == .schema {
                try await settleInSchema(target, connection)
            } else {
                try await settleInHome(connection)
            }
        }
    }

    /// What the tenant leaves behind is kept for a while, under its own number.
    private func keepOld(_ connection: PostgresConnection) async throws {
        let seconds = Double(move.keepSeconds)
        if let home = move.fromHome {
            _ = try await connection.query(
                """
                update polls_control.home set state = 'kept', drop_after = now() + make_interval(secs => \(seconds))
                where id = \(home)
                """
            )
        } else {
            _ = try await connection.query(
                """
                with kept as (
                    insert into polls_control.home
                        (tenant_id, level, state, schema_name, schema_oid, role_name, drop_after)
                    select id, 'schema', 'kept', schema_name, schema_oid, role_name,
                        now() + make_interval(secs => \(seconds))
                    from polls_control.tenant where id = \(tenant.id) returning id
                )
                update polls_control.move set from_home = kept.id from kept where move.id = \(move.id)
                """
            )
        }
    }

    private func settleInHome(_ connection: PostgresConnection) async throws {
        let answers = try await connection.run([
            "update polls_control.home set state = 'live' where id = \(move.toHome)",
            // Its ledger is in the home's own registry now.
            "delete from polls_control.tenant_migration where tenant_id = \(tenant.id)",
            """
            update polls_control.tenant set state = case tenant.state when 'moving' then 'active' else tenant.state end,
                writes_paused = false, level = home.level, home_id = home.id, schema_oid = home.schema_oid, role_name = home.role_name
            from polls_control.home
            where home.id = \(move.toHome) and tenant.id = \(tenant.id) and tenant.state <> 'dropping'
            """,
        ])
        // Another hand that drops the tenant takes the home with it.
        guard answers[0].affected == 1, answers[2].affected == 1 else { throw endedByAnother }
    }

    /// In the control database, the right to write comes with the switch itself.
    private func settleInSchema(_ target: MoveSite, _ connection: PostgresConnection) async throws {
        try await Fence.lower(target, connection)
        let answers = try await connection.run([
            """
            update polls_control.tenant set state = case tenant.state when 'moving' then 'active' else tenant.state end,
                writes_paused = false, level = 'schema', home_id = null,
                schema_oid = home.schema_oid, role_name = home.role_name
            from polls_control.home
            where home.id = \(move.toHome) and tenant.id = \(tenant.id) and tenant.state <> 'dropping'
            """,
            "delete from polls_control.home where id = \(move.toHome)",
        ])
        guard answers[0].affected == 1 else { throw endedByAnother }
    }
}
