import Postgres
import Tenancy

extension Fleet {
    public typealias Report = @Sendable (MoveProgress) -> Void

    /// Moves a tenant as planned. It is served throughout; its writers wait for a moment at the end.
    /// - Parameter keepSeconds: how long the old copy is kept.
    /// - Throws: ``ProvisioningError``. The tenant is where it was then, unless the error says otherwise.
    public func move(_ plan: MovePlan, keepSeconds: Int64, report: Report = { _ in }) async throws -> MoveOutcome {
        try await withLock(on: plan.tenant.name) {
            try await carryOut(try await begin(plan, keepSeconds: keepSeconds), plan.tenant.name, report)
        }
    }

    /// A move that is written down, to its end, or back to its beginning. Only for the holder of the tenant's lock.
    func carryOut(_ move: MoveRecord, _ name: TenantName, _ report: Report) async throws -> MoveOutcome {
        do {
            let (rows, pause) = try await carryOver(move, name, report)
            try await finish(move, name, report)
            return MoveOutcome(
                name: name,
                from: move.from,
                to: move.to,
                method: move.method,
                rows: rows,
                pause: pause,
                keepSeconds: move.keepSeconds
            )
        } catch {
            throw await settle(move, name, after: error)
        }
    }

    /// Copies, pauses, catches up, verifies and switches.
    private func carryOver(
        _ move: MoveRecord,
        _ name: TenantName,
        _ report: Report
    ) async throws -> (rows: Int64, pause: MoveOutcome.Pause) {
        let tenant = try await control.record(name)
        report(MoveProgress(description: "making \(move.to)"))
        try await makeTarget(move, tenant)
        // Its server comes up while the old one serves.
        if move.to.level == .container { try await runtime().startApp(tenant.container(move.toHome)) }
        return try await withSites(move, tenant) { source, target in
            let tables = try await compareOutlines(source, target, name)
            if move.method == .copy {
                report(MoveProgress(description: "pausing writes, and copying"))
                return try await cutOver(move, tenant, source, target, tables, report) {
                    _ = try await TableCopy(source: source, target: target, tables: tables).run(snapshot: nil)
                }
            }
            return try await ChangeStream.with(source, tables: tables, move: move.id) { stream in
                report(MoveProgress(description: "copying while it is served"))
                let rows = try await TableCopy(source: source, target: target, tables: tables)
                    .run(snapshot: stream.snapshot)
                try await write(.copied, move)
                report(MoveProgress(description: "copied \(rows) rows; catching up"))
                var applier = ChangeApplier(target: target, tables: tables)
                try await catchUp(stream, &applier, report)
                return try await cutOver(move, tenant, source, target, tables, report) {
                    while case let messages = try await stream.next(), !messages.isEmpty {
                        _ = try await applier.apply(messages)
                    }
                }
            }
        }
    }

    /// Follows the source until the rest is small: what is left then is the pause's.
    private func catchUp(_ stream: ChangeStream, _ applier: inout ChangeApplier, _ report: Report) async throws {
        for round in 1...50 {
            let start = ContinuousClock.now
            let changes = try await applier.apply(try await stream.next())
            report(MoveProgress(description: "round \(round): \(changes) changes"))
            if changes <= 50, round > 1 || .now - start < .milliseconds(100) { return }
        }
    }

    /// The copy has to be able to hold all that the source holds.
    private func compareOutlines(
        _ source: MoveSite,
        _ target: MoveSite,
        _ name: TenantName
    ) async throws -> [TableShape] {
        let (here, tables) = try await source.client.withConnection { connection in
            (
                try await SchemaOutline.read(schemaOID: source.schemaOID, connection),
                try await TableShape.read(schemaOID: source.schemaOID, connection).tables
            )
        }
        let there = try await target.client.withConnection { connection in
            try await SchemaOutline.read(schemaOID: target.schemaOID, connection)
        }
        let (missing, added) = there.differences(from: here)
        guard missing.isEmpty, added.isEmpty else {
            let things = missing.map { "+ " + $0 } + added.map { "- " + $0 }
            throw Self.cannot(
                name,
                "its schema is not as the migrations make it: \(things.prefix(5).joined(separator: ", "))",
                "Bring the schema to what the migrations make, or the difference into a migration."
            )
        }
        return tables
    }

    /// Pauses writes, lets the copy take in the rest, verifies it, and switches.
    private func cutOver(
        _ move: MoveRecord,
        _ tenant: TenantRecord,
        _ source: MoveSite,
        _ target: MoveSite,
        _ tables: [TableShape],
        _ report: Report,
        takeRest: () async throws -> Void
    ) async throws -> (rows: Int64, pause: MoveOutcome.Pause) {
        func cutOver(
            routes: TenantContainers? = nil,
            _ goLive: () async throws -> Void
        ) async throws -> (rows: Int64, pause: MoveOutcome.Pause) {
            try await self.cutOver(
                move,
                tenant,
                source,
                target,
                tables,
                report,
                takeRest: takeRest,
                routes: routes,
                goLive: goLive
            )
        }
        guard move.from.level == .container || move.to.level == .container else { return try await cutOver {} }
        let routes: TenantContainers = {
            let others = try await containers().filter { $0.tenant != tenant.name }
            return move.to.level == .container ? others + [tenant.container(move.toHome)] : others
        }
        // A whole copy may take long, and nobody else could change a route meanwhile.
        if move.method == .copy { return try await cutOver(routes: routes) {} }
        return try await runtime().withRoutes(to: routes) { try await cutOver($0) }
    }

    /// - Parameters:
    ///   - routes: those to set when it comes to it. `nil`: they are made ready, and nobody else sets any.
    ///   - goLive: sets those that are ready.
    private func cutOver(
        _ move: MoveRecord,
        _ tenant: TenantRecord,
        _ source: MoveSite,
        _ target: MoveSite,
        _ tables: [TableShape],
        _ report: Report,
        takeRest: () async throws -> Void,
        routes: TenantContainers?,
        goLive: () async throws -> Void
    ) async throws -> (rows: Int64, pause: MoveOutcome.Pause) {
        var clock = PauseClock()
        try await holdWrites(move, tenant, source)
        clock.mark("hold")
        try await Fence(site: source).raise()
        clock.mark("fence")
        try await takeRest()
        clock.mark("rest")
        try await SequenceCopy.run(from: source, to: target)
        let verified = try await Verification.compare(source, target, tables)
        clock.mark("verify")
        // Nobody is sent to a database before the switch.
        if move.to.level == .database { try await openWrites(target, tenant.name) }
        func switchOver() async throws {
            try await self.switchOver(move, tenant, to: target, rows: verified.rows, pause: clock.pause.total)
        }
        /// Nobody else sets routes before `then` has ended.
        func lead(then: () async throws -> Void) async throws {
            guard let routes else {
                try await goLive()
                clock.mark("route")
                return try await then()
            }
            try await runtime().withRoutes(to: routes) { goLive in
                try await goLive()
                clock.mark("route")
                try await then()
            }
        }
        if move.to.level == .container {
            // Reading there is reading the same; writing waits there for the switch.
            try await lead(then: switchOver)
            try await openWrites(target, tenant.name)
        } else {
            try await switchOver()
        }
        clock.mark("switch")
        if move.from.level == .container {
            try await lead {}
            await sayGone(source, tenant.name)
        }
        report(MoveProgress(description: "switched"))
        return (verified.rows, clock.pause)
    }

    /// Tells the servers to let writers wait: those of the fleet, and a container's own.
    private func holdWrites(_ move: MoveRecord, _ tenant: TenantRecord, _ source: MoveSite) async throws {
        if move.from.level == .container {
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
        try await control.client.withConnection { connection in
            _ = try await connection.run([
                "update polls_control.move set step = 'paused' where id = \(move.id)",
                "update polls_control.tenant set writes_paused = true where id = \(tenant.id)",
            ])
        }
    }

    /// Tells a container's own server that the tenant has left, so that nobody waits there any more. A home that was left
    /// is never lived in again.
    private func sayGone(_ source: MoveSite, _ name: TenantName) async {
        // It may be gone already, and nobody waits there then.
        try? await source.client.withConnection { connection in
            _ = try await connection.query(
                "update polls_control.tenant set level = 'container' where name = \(name.rawValue)"
            )
        }
    }

    /// Gives a home the right to write, and tells a container's own server so.
    func openWrites(_ site: MoveSite, _ name: TenantName) async throws {
        try await site.provisioner.change(name, "opening the home of") { connection in
            _ = try await connection.run(
                Fence.lower(site) + [
                    """
                    update polls_control.tenant set state = case state when 'moving' then 'active' else state end,
                        writes_paused = false
                    where name = \(name.rawValue)
                    """
                ]
            )
        }
    }
}
