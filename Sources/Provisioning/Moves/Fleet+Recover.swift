import Postgres
import Tenancy

extension Fleet {
    /// Takes up a move that was killed: to its end when it had switched, else from its beginning.
    /// - Throws: ``ProvisioningError`` with code `noMove` when none is unfinished.
    public func resumeMove(_ name: TenantName, report: Report = { _ in }) async throws -> MoveOutcome {
        try await withLock(on: name) {
            let (tenant, move) = try await unfinishedMove(of: name)
            if move.step == .switched {
                report(MoveProgress(description: "it had switched; doing the rest"))
                try await finish(move, name, report)
                return MoveOutcome(
                    name: name,
                    from: move.from,
                    to: move.to,
                    method: move.method,
                    rows: 0,
                    pause: nil,
                    keepSeconds: move.keepSeconds
                )
            }
            report(MoveProgress(description: "it had not switched; clearing away and beginning again"))
            try await takeBack(move, name, because: "killed")
            let plan = try await planMove(tenant.name, to: move.to)
            return try await carryOut(try await begin(plan, keepSeconds: move.keepSeconds), name, report)
        }
    }

    /// Takes a move that was killed back to its beginning: nothing of the new home is left.
    /// - Throws: ``ProvisioningError`` with code `noMove` when none is unfinished, and `wrongState` when it has switched.
    public func abortMove(_ name: TenantName) async throws -> MoveRecord {
        try await withLock(on: name) {
            let (_, move) = try await unfinishedMove(of: name)
            try await takeBack(move, name, because: "aborted by the operator")
            return move
        }
    }

    /// Where a tenant came from with its last move: to there an undo leads. It is a move like any other, so that the
    /// writes since are in it.
    /// - Throws: ``ProvisioningError`` with code `noMove`.
    public func origin(of name: TenantName) async throws -> Destination {
        let tenant = try await control.record(name)
        let move = try await control.withConnection("reading the journal") {
            try await MoveRecord.lastDone(of: tenant.id, $0)
        }
        guard let move, move.to == tenant.place else {
            throw ProvisioningError(.noMove, "\(name) was never moved", next: "Say where to: move \(name) --to …")
        }
        return move.from
    }

    /// Removes the old copies whose time has come. One that cannot be reached stops no other.
    /// - Parameter report: called for each.
    /// - Returns: how many were removed, and how many could not be.
    public func sweep(
        report: (TenantName, Home, (any Error)?) -> Void = { _, _, _ in }
    ) async throws -> (removed: Int, failed: Int) {
        let due = try await control.withConnection("looking for old copies") { connection in
            try await connection.query(
                """
                select name, home.id from polls_control.home join polls_control.tenant on tenant.id = tenant_id
                where home.state = 'kept' and drop_after <= now() and tenant.state not in ('creating', 'dropping')
                    and not exists (
                        select from polls_control.move where move.tenant_id = tenant.id and finished_at is null)
                order by home.id
                """
            ).decode(String.self, Int64.self)
        }
        var counts = (removed: 0, failed: 0)
        for (text, id) in due {
            let name = try TenantName(stored: text)
            let home = try await home(id)
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

    private func unfinishedMove(of name: TenantName) async throws -> (TenantRecord, MoveRecord) {
        let tenant = try await control.record(name)
        guard let move = try await lastMove(of: tenant), move.step != .done, move.step != .aborted else {
            throw ProvisioningError(
                .noMove,
                "no move of \(name) is unfinished",
                next: "Look at it with show."
            )
        }
        return (tenant, move)
    }
}
