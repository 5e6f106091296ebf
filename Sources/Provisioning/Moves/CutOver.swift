import Postgres
import Tenancy

/// The end of a move: writes pause, the copy takes in the rest and is verified, and the tenant lives in the new place.
struct CutOver: Sendable {
    let run: MoveRun
    let source: MoveSite
    let target: MoveSite
    let tables: [TableShape]

    private var move: MoveRecord { run.move }
    private var tenant: TenantRecord { run.tenant }

    /// Leads the tenant's hosts to its new place, and does `then` before anybody else may set routes.
    private typealias Lead = (_ then: () async throws -> Void) async throws -> Void

    /// - Parameters:
    ///   - catchUp: makes what is left small, when there was a wait before the pause.
    ///   - takeRest: takes in all that is left, when nobody writes.
    func run(
        catchUp: () async throws -> Void,
        takeRest: () async throws -> Void
    ) async throws -> MoveRun.Moved {
        guard move.from.level == .container || move.to.level == .container else {
            return try await pause(takeRest) { try await $0() }
        }
        let (fleet, move, tenant) = (run.fleet, run.move, run.tenant)
        let routes: TenantContainers = {
            let others = try await fleet.containers().filter { $0.tenant != tenant.name }
            return move.to.level == .container ? others + [tenant.container(move.toHome)] : others
        }
        let runtime = try fleet.runtime()
        // A whole copy may take long, and nobody else could change a route meanwhile.
        if move.method == .copy {
            return try await pause(takeRest) { then in
                try await runtime.withRoutes(to: routes) { goLive in
                    try await goLive()
                    try await then()
                }
            }
        }
        return try await runtime.withRoutes(to: routes) { goLive in
            // Others' routes were waited for, and these made ready.
            try await catchUp()
            return try await pause(takeRest) { then in
                try await goLive()
                try await then()
            }
        }
    }

    private func pause(_ takeRest: () async throws -> Void, _ lead: Lead) async throws -> MoveRun.Moved {
        try await run.makeReady()
        var clock = PauseClock()
        try await holdWrites()
        clock.mark("hold")
        let fence = Fence(site: source)
        try await run.whileAt(.paused) {
            try await holdOwnWrites()
            try await fence.raise()
        }
        try await fence.awaitWriters()
        clock.mark("fence")
        try await takeRest()
        clock.mark("rest")
        try await SequenceCopy.run(from: source, to: target)
        let rows = try await Verification.compare(source, target, tables).rows
        clock.mark("verify")
        if move.to.level == .container {
            try await lead {
                clock.mark("route")
                // Reading there is reading the same; writing waits there for the switch.
                try await run.switchOver(to: target, rows: rows, pause: clock.pause.total)
            }
            try await run.whileAt(.switched) { try await target.openWrites(of: tenant.name) }
        } else {
            // Nobody is sent to a database before the switch.
            if move.to.level == .database { try await target.openWrites(of: tenant.name) }
            try await run.switchOver(to: target, rows: rows, pause: clock.pause.total)
        }
        clock.mark("switch")
        if move.from.level == .container {
            try await lead { clock.mark("route") }
            await sayGone()
        }
        run.tell("switched")
        return (rows, clock.pause)
    }

    /// Tells the fleet's servers to let writers wait.
    private func holdWrites() async throws {
        try await run.control.client.withTransaction { connection in
            try await run.advance(from: .made, .copied, to: .paused, connection)
            _ = try await connection.query(
                "update polls_control.tenant set writes_paused = true where id = \(tenant.id)"
            )
        }
    }

    /// Tells a container's own server the same.
    private func holdOwnWrites() async throws {
        guard move.from.level == .container else { return }
        try await source.client.withConnection { connection in
            _ = try await connection.query(
                """
                update polls_control.tenant set state = case state when 'active' then 'moving' else state end,
                    writes_paused = true
                where name = \(tenant.name.rawValue)
                """
            )
        }
    }

    /// Tells a container's own server that the tenant has left, so that nobody waits there any more. A home that was left
    /// is never lived in again.
    private func sayGone() async {
        // It may be gone already, and nobody waits there then.
        try? await source.client.withConnection { connection in
            _ = try await connection.query(
                "update polls_control.tenant set level = 'container' where name = \(tenant.name.rawValue)"
            )
        }
    }
}
