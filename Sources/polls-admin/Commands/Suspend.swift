import ArgumentParser
import Provisioning
import Tenancy

/// Takes a tenant out of service.
struct Suspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes a tenant out of service; its data stays.",
        discussion: """
            Its host answers 503 until it is resumed. Doing it again changes nothing.

              polls-admin suspend potter
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenant: NameArgument

    func run() async throws { try await shared.turn(tenant, into: "suspended", output) { try await $0.suspend($1) } }
}

extension SharedOptions {
    /// Turns a tenant into a state, and says so.
    func turn(
        _ tenant: NameArgument,
        into state: String,
        _ output: OutputOptions,
        by change: (Fleet, TenantName) async throws -> Void
    ) async throws {
        let name = try tenant.name
        try await withSession { session in
            try await change(session.fleet, name)
            Output.line(
                output.json ? try JSON.text(StateOutput(name: name.rawValue, state: state)) : "\(name) is \(state)."
            )
        }
    }
}

/// A tenant's new state, for programs.
private struct StateOutput: Encodable {
    let name: String
    let state: String
}
