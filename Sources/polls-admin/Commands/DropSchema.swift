import ArgumentParser
import Provisioning
import Tenancy

/// Drops a tenant.
struct DropSchema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop-schema",
        abstract: "Drops a tenant and all of its data, for ever.",
        discussion: """
            Asks for the tenant's name to be typed. Where there is no terminal to ask on, --yes says that it is meant:

              polls-admin drop-schema potter --yes

            To take a tenant out of service and keep its data, suspend it.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenant: NameArgument

    @Flag(help: "Do not ask.")
    var yes = false

    func validate() throws {
        guard yes || Output.isInteractive else {
            throw ValidationError("there is no terminal to ask on; to drop it all the same, give --yes")
        }
    }

    func run() async throws {
        let name = try tenant.name
        try await shared.withSession { session in
            if !yes {
                let answer = Output.ask(
                    "This drops \(name) for ever: \(try await extent(session.fleet, name)).\nType its name to go on: "
                )
                guard answer?.trimmingSpace() == name.rawValue else {
                    Output.error("that is not its name. Nothing was dropped.")
                    throw Exit.failed
                }
            }
            try await session.fleet.drop(name)
            Output.line(
                output.json ? try JSON.text(Result(name: name.rawValue, dropped: true)) : "Dropped \(name)."
            )
        }
    }

    /// What there is to lose, as far as it can be seen.
    private func extent(_ fleet: Fleet, _ name: TenantName) async throws -> String {
        do {
            let details = try await fleet.show(name)
            return "\(details.tables) tables, \(details.bytes / 1024) KiB"
        } catch let error as ProvisioningError where error.code == .connectionLost {
            return "its database does not answer"
        }
    }

    private struct Result: Encodable {
        let name: String
        let dropped: Bool
    }
}
