import ArgumentParser
import Provisioning

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

    func run() async throws {
        let name = try tenant.name
        try await shared.withSession { session in
            try await session.fleet.suspend(name)
            Output.line(
                output.json
                    ? try JSON.text(StateOutput(name: name.rawValue, state: "suspended")) : "Suspended \(name)."
            )
        }
    }
}

/// A tenant's new state, for programs.
struct StateOutput: Encodable {
    let name: String
    let state: String
}
