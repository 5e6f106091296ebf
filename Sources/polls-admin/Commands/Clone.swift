import ArgumentParser
import Provisioning
import Tenancy

/// Makes a copy of a tenant.
struct Clone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes another tenant with the polls that one has now.",
        discussion: """
            The rows are of one moment, and the tenant is served meanwhile. The other one is made in a schema, whatever the \
            level of the first, in one transaction: it is there whole, or not at all.

              polls-admin clone potter potter-test

            From then on they have nothing in common: no domain leads to the other one, no API token of the first is \
            valid there, and one of its own is shown, only this once.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The tenant's name.")
    var name: String

    @Argument(help: ArgumentHelp("The other's name.", valueName: "new"))
    var new: String

    @Flag(help: "Make no API token.")
    var noToken = false

    func validate() throws { _ = try NameList([name, new], file: nil) }

    func run() async throws {
        let (name, new) = (try TenantName(name), try TenantName(new))
        try await shared.withSession { session in
            let created = try await session.fleet.clone(name, as: new, withToken: !noToken)
            var printer = CreatedPrinter(
                names: [new],
                level: .schema,
                settings: session.settings,
                json: output.json,
                withToken: !noToken
            )
            try printer.print(created)
        }
    }
}
