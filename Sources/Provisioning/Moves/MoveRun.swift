import Postgres
import Tenancy

/// A move that is written down, and what is done for it: by whoever holds the tenant's lock, from whatever point a killed
/// one has reached.
struct MoveRun: Sendable {
    let fleet: Fleet
    let move: MoveRecord
    /// As it is before the switch.
    let tenant: TenantRecord
    let report: Fleet.Report

    var control: Provisioner { fleet.control }
    var name: TenantName { tenant.name }

    /// To its end, or back to its beginning.
    /// - Throws: ``ProvisioningError``, which says where the tenant is.
    func carryOut() async throws -> MoveOutcome {
        do {
            let moved = try await carryOver()
            try await finish()
            return outcome(rows: moved.rows, pause: moved.pause)
        } catch {
            throw await settle(after: error)
        }
    }

    func outcome(rows: Int64, pause: MoveOutcome.Pause?) -> MoveOutcome {
        MoveOutcome(
            name: name,
            from: move.from,
            to: move.to,
            method: move.method,
            rows: rows,
            pause: pause,
            keepSeconds: move.keepSeconds
        )
    }

    func tell(_ progress: String) { report(MoveProgress(description: progress)) }

    /// Another operator's tool has taken this move up or back, while this one did not notice.
    var endedByAnother: ProvisioningError {
        ProvisioningError(
            .noMove,
            "the move of \(name) was ended by another hand",
            next: "Look at it with show."
        )
    }

    /// After a failure: back to the beginning where that is possible, and in any case the truth about where it stands.
    private func settle(after failure: any Error) async -> ProvisioningError {
        let error: ProvisioningError =
            switch failure {
            case let error as ProvisioningError: error
            case let error as PostgresError:
                ProvisioningError.explain(error, doing: "moving \(name)", changed: "The move was taken back")
            case let error as any ContainerFailure: ProvisioningError(.runtime, error.message, next: error.advice)
            default: ProvisioningError(.database, "\(failure)", next: "Run the move again.")
            }
        do {
            try await takeBack(because: error.message)
            return ProvisioningError(
                error.code == .unknownOutcome ? .connectionLost : error.code,
                "\(error.message). The tenant is where it was",
                next: error.next,
                cause: error.cause
            )
        } catch let other as ProvisioningError where other.code == .wrongState {
            return ProvisioningError(
                error.code,
                "\(name) has moved to \(move.to), and what was to be done after that failed: \(error.message)",
                next: "Run move \(name) --resume, which does the rest.",
                cause: error.cause
            )
        } catch let other as ProvisioningError where other.code == .noMove {
            // Routes may have been led to a home that the other hand has removed.
            if [move.from.level, move.to.level].contains(.container) { try? await fleet.renewRoutes() }
            return other
        } catch {
            return ProvisioningError(
                .moveUnderWay,
                "the move of \(name) failed: \((failure as? ProvisioningError)?.message ?? "\(failure)"). "
                    + "Taking it back failed too: \((error as? ProvisioningError)?.message ?? "\(error)")",
                next: "Run move \(name) --abort when both servers answer."
            )
        }
    }
}
