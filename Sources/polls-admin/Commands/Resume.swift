import ArgumentParser
import Provisioning

/// Puts a tenant back into service.
struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts a suspended tenant back into service.",
        discussion: "Doing it again changes nothing.\n\n  polls-admin resume potter"
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenant: NameArgument

    func run() async throws {
        let name = try tenant.name
        try await shared.withSession { session in
            try await session.fleet.resume(name)
            Output.line(
                output.json ? try JSON.text(StateOutput(name: name.rawValue, state: "active")) : "Resumed \(name)."
            )
        }
    }
}
