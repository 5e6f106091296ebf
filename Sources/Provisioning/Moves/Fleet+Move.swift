import Postgres
import Tenancy

extension Fleet {
    /// Is told how far a move is.
    public typealias Report = @Sendable (MoveProgress) -> Void

    /// Moves a tenant as planned. It is served throughout; its writers wait for a moment at the end.
    /// - Parameter keepSeconds: how long the old copy is kept.
    /// - Throws: ``ProvisioningError``. The tenant is where it was then, unless the error says otherwise.
    public func move(
        _ plan: MovePlan,
        keepSeconds: Int64,
        report: @escaping Report = { _ in }
    ) async throws -> MoveOutcome {
        try await withLock(on: plan.tenant.name) {
            try await begin(plan, keepSeconds: keepSeconds, report: report).carryOut()
        }
    }

    /// Takes up a move that was killed: to its end when it had switched, else from its beginning.
    /// - Throws: ``ProvisioningError`` with code `noMove` when none is unfinished.
    public func resumeMove(_ name: TenantName, report: @escaping Report = { _ in }) async throws -> MoveOutcome {
        try await withLock(on: name) {
            let run = try await unfinishedMove(of: name, report)
            if run.move.step == .switched {
                run.tell("it had switched; doing the rest")
                try await run.finish()
                return run.outcome(rows: 0, pause: nil)
            }
            run.tell("it had not switched; clearing away and beginning again")
            try await run.takeBack(because: "killed")
            let plan = try await planMove(name, to: run.move.to)
            return try await begin(plan, keepSeconds: run.move.keepSeconds, report: report).carryOut()
        }
    }

    /// Takes a move that was killed back to its beginning: nothing of the new home is left.
    /// - Throws: ``ProvisioningError`` with code `noMove` when none is unfinished, and `wrongState` when it has switched.
    public func abortMove(_ name: TenantName) async throws -> MoveRecord {
        try await withLock(on: name) {
            let run = try await unfinishedMove(of: name) { _ in }
            try await run.takeBack(because: "aborted by the operator")
            return run.move
        }
    }

    /// Where a tenant came from with its last move: to there an undo leads. It is a move like any other, so that the
    /// writes since are in it.
    /// - Throws: ``ProvisioningError`` with code `noMove`.
    public func origin(of name: TenantName) async throws -> Destination {
        let tenant = try await control.record(name)
        guard !tenant.isMoving else { throw ProvisioningError.moveUnderWay(of: name) }
        let move = try await control.withConnection("reading the journal") {
            try await MoveRecord.lastDone(of: tenant.id, $0)
        }
        guard let move, move.to == tenant.place else {
            throw ProvisioningError(.noMove, "\(name) was never moved", next: "Say where to: move \(name) --to …")
        }
        return move.from
    }

    private func unfinishedMove(of name: TenantName, _ report: @escaping Report) async throws -> MoveRun {
        let tenant = try await control.record(name)
        let move = try await control.withConnection("reading the journal") {
            try await MoveRecord.last(of: tenant.id, $0)
        }
        guard let move, move.step != .done, move.step != .aborted else {
            throw ProvisioningError(.noMove, "no move of \(name) is unfinished", next: "Look at it with show.")
        }
        return MoveRun(fleet: self, move: move, tenant: tenant, report: report)
    }
}
