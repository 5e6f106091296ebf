import ArgumentParser
import Provisioning
import Tenancy

extension SharedOptions {
    /// Does something to each of several isolated tenants, and says what became of it.
    /// - Parameter state: what one is when it went well: up or down.
    func turnEach(
        into state: String,
        _ output: OutputOptions,
        by work: (Session, (TenantName, (any Error)?) -> Void) async throws -> (done: Int, failed: Int)
    ) async throws {
        let code = try await withSession { session -> ExitCode? in
            var outcomes: [TurnOutcome] = []
            let counts = try await work(session) { name, error in
                outcomes.append(TurnOutcome(name: name.rawValue, error: error.map(FailureJSON.init)))
                if let error { return Output.error(Exit.text(of: error)) }
                if !output.json { Output.line("\(name) is \(state).") }
            }
            if output.json {
                Output.line(try JSON.text(outcomes))
            } else if outcomes.isEmpty {
                Output.line("No tenant lives in containers.")
            }
            return Exit.code(done: counts.done, failed: counts.failed)
        }
        if let code { throw code }
    }
}

/// What became of one tenant, for programs.
private struct TurnOutcome: Encodable {
    let name: String
    /// `nil`: it went well.
    let error: FailureJSON?
}
