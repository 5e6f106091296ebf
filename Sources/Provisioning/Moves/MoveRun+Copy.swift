import Postgres
import Tenancy

extension MoveRun {
    /// What was held against each other, and how long writers waited.
    typealias Moved = (rows: Int64, pause: MoveOutcome.Pause)

    /// Copies, pauses, catches up, verifies and switches.
    func carryOver() async throws -> Moved {
        tell("making \(move.to)")
        try await makeTarget()
        // Its server comes up while the old one serves.
        if move.to.level == .container { try await fleet.runtime().startApp(tenant.container(move.toHome)) }
        return try await withSites { source, target in
            let tables = try await compareOutlines(source, target)
            let cutOver = CutOver(run: self, source: source, target: target, tables: tables)
            let copy = TableCopy(source: source, target: target, tables: tables)
            if move.method == .copy {
                tell("pausing writes, and copying")
                return try await cutOver.run(catchUp: {}, takeRest: { _ = try await copy.run(snapshot: nil) })
            }
            return try await ChangeStream.with(source, tables: tables, move: move.id) { stream in
                tell("copying while it is served")
                let rows = try await copy.run(snapshot: stream.snapshot)
                try await control.change(name, "moving") { try await advance(from: .made, to: .copied, $0) }
                tell("copied \(rows) rows; catching up")
                let follower = ChangeFollower(stream, target: target, tables: tables)
                try await follower.catchUp(report: tell)
                return try await cutOver.run(
                    catchUp: { try await follower.catchUp(report: tell) },
                    takeRest: { try await follower.takeRest() }
                )
            }
        }
    }

    /// The copy has to be able to hold all that the source holds.
    private func compareOutlines(_ source: MoveSite, _ target: MoveSite) async throws -> [TableShape] {
        let (here, tables) = try await source.client.withConnection { connection in
            (
                try await SchemaOutline.read(schemaOID: source.schemaOID, connection),
                try await TableShape.read(schemaOID: source.schemaOID, connection).tables
            )
        }
        let there = try await target.client.withConnection { connection in
            try await SchemaOutline.read(schemaOID: target.schemaOID, connection)
        }
        if let difference = there.difference(from: here) {
            throw Fleet.cannot(
                name,
                "its schema is not as the migrations make it: \(difference)",
                "Bring the schema to what the migrations make, or the difference into a migration."
            )
        }
        return tables
    }
}
