import ArgumentParser
import Provisioning

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
                let details = try await session.fleet.show(name)
                let answer = Output.ask(
                    "This drops \(name) for ever: \(details.tables) tables, \(details.bytes / 1024) KiB.\n"
                        + "Type its name to go on: "
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

    private struct Result: Encodable {
        let name: String
        let dropped: Bool
    }
}
