import ArgumentParser
import Provisioning
import Tenancy

/// Takes tenants out of service.
struct Suspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes tenants out of service; their data stays.",
        discussion: """
            Their hosts answer 503 until they are resumed. Doing it again changes nothing. With several, one's failure \
            does not stop the others (exit code 3).

              polls-admin suspend potter
              polls-admin suspend --file unpaid.txt
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenants: TenantNames

    func run() async throws { try await shared.turn(tenants, into: "suspended", output) { try await $0.suspend($1) } }
}

extension SharedOptions {
    /// Turns tenants into a state, and says so of each.
    func turn(
        _ tenants: TenantNames,
        into state: String,
        _ output: OutputOptions,
        by change: (Fleet, TenantName) async throws -> Void
    ) async throws {
        let names = try tenants.read()
        let code = try await withSession { session in
            var tally = Tally(json: output.json)
            for name in names {
                try await tally.add(name, "\(name) is \(state).") {
                    try await change(session.fleet, name)
                    return StateOutput(name: name.rawValue, state: state)
                }
            }
            return tally.code
        }
        if let code { throw code }
    }
}

/// A tenant's new state, for programs.
private struct StateOutput: Encodable {
    let name: String
    let state: String
}
