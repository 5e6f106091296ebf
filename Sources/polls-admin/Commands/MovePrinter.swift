import Postgres
import Provisioning
import Tenancy

/// Prints a move: the plan, the steps as they happen, and what it came to.
struct MovePrinter: Sendable {
    let json: Bool

    /// Each step, as it begins. Programs get the end only.
    @Sendable func report(_ progress: MoveProgress) {
        if !json { Output.line("  \(progress)") }
    }

    /// - Parameter isAll: nothing will follow, so that a program gets it too.
    func print(_ plan: MovePlan, isAll: Bool) throws {
        if json { return isAll ? Output.line(try JSON.text(PlanJSON(plan))) : () }
        var table = Table("TABLE", "ROWS", "KIB")
        for row in plan.tables { table.add([row.name, "\(row.rows)", "\(row.bytes / 1024)"]) }
        table.add(["", "\(plan.rows)", "\(plan.bytes / 1024)"])
        Output.line("\(plan.tenant.name) from \(plan.from) to \(plan.to)\n\n\(table.text)\n")
        switch plan.method {
        case .replicate: Output.line("It is copied while it is served, and writes pause for a moment at the end.")
        case .copy:
            Output.line("Writes pause while all of it is copied: \(plan.reason ?? "there is nothing to follow").")
        }
    }

    func print(_ outcome: MoveOutcome) throws {
        if json { return Output.line(try JSON.text(OutcomeJSON(outcome))) }
        guard let pause = outcome.pause else {
            return Output.line("\(outcome.name) is at \(outcome.to).")
        }
        defer { Output.line(Self.wayBack(outcome)) }
        let phases = pause.phases.map { "\($0.name) \($0.duration.milliseconds)" }.joined(separator: ", ")
        Output.line(
            "\(outcome.name) is at \(outcome.to). Writes paused for \(pause.total.milliseconds) ms (\(phases)); "
                + "\(outcome.rows) rows verified."
        )
    }

    private static func wayBack(_ outcome: MoveOutcome) -> String {
        let old = "The old copy at \(outcome.from) takes no more writes"
        let back = "back with the writes since: polls-admin move \(outcome.name) --undo"
        return outcome.keepSeconds > 0
            ? "\(old), and is kept for \(KeepTime.text(outcome.keepSeconds)); \(back)" : "Go \(back)"
    }

    func print(aborted move: MoveRecord, of name: TenantName) throws {
        Output.line(
            json
                ? try JSON.text(AbortedJSON(name: name.rawValue, aborted: true, at: "\(move.from)"))
                : "Took the move back: \(name) is at \(move.from)."
        )
    }

    func print(_ name: TenantName, swept home: Home, error: (any Error)?) {
        let problem = error.map(Exit.text)
        if json {
            let line = try? JSON.text(
                SweptJSON(
                    name: name.rawValue,
                    copy: home.place,
                    removed: error == nil,
                    error: error.map(FailureJSON.init)
                )
            )
            if let line { Output.line(line) }
        } else if problem == nil {
            Output.line("Removed the old copy of \(name) at \(home.place).")
        }
        if let problem { Output.error("the old copy of \(name) at \(home.place) stays: \(problem)") }
    }

    private struct PlanJSON: Encodable {
        let name: String
        let from: String
        let to: String
        let method: String
        let reason: String?
        let rows: Int64
        let bytes: Int64
        let tables: [Table]

        struct Table: Encodable {
            let name: String
            let rows: Int64
            let bytes: Int64
        }

        init(_ plan: MovePlan) {
            name = plan.tenant.name.rawValue
            from = plan.from.description
            to = plan.to.description
            method = plan.method.rawValue
            reason = plan.reason
            rows = plan.rows
            bytes = plan.bytes
            tables = plan.tables.map { Table(name: $0.name, rows: $0.rows, bytes: $0.bytes) }
        }
    }

    private struct OutcomeJSON: Encodable {
        let name: String
        let from: String
        let to: String
        let method: String
        let rows: Int64
        let pauseMs: Int64?
        /// What the pause was made of, in milliseconds.
        let phases: [String: Int64]?
        /// How long the old copy is kept from now on.
        let keptSeconds: Int64

        init(_ outcome: MoveOutcome) {
            keptSeconds = outcome.keepSeconds
            name = outcome.name.rawValue
            from = outcome.from.description
            to = outcome.to.description
            method = outcome.method.rawValue
            rows = outcome.rows
            pauseMs = outcome.pause.map { $0.total.milliseconds }
            phases = outcome.pause.map { pause in
                Dictionary(pause.phases.map { ($0.name, $0.duration.milliseconds) }) { $0 + $1 }
            }
        }
    }

    private struct AbortedJSON: Encodable {
        let name: String
        let aborted: Bool
        let at: String
    }

    private struct SweptJSON: Encodable {
        let name: String
        let copy: String
        let removed: Bool
        let error: FailureJSON?
    }
}
