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

    func run() async throws { try await shared.turn(tenant, into: "active", output) { try await $0.resume($1) } }
}
