import ArgumentParser
import Provisioning
import Tenancy

/// Makes another API token.
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes another API token for a tenant, as when one was lost.",
        discussion: """
            It is shown only this once: only its hash is kept. Earlier ones stay valid, unless they are replaced, as when \
            one has leaked.

              polls-admin token potter
              polls-admin token potter --replace
              polls-admin token potter --label 'the import' --json
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenant: NameArgument

    @Option(help: "What it is for; kept beside its hash.")
    var label = "another"

    @Flag(help: "All earlier tokens of the tenant are void from now on.")
    var replace = false

    func run() async throws {
        let name = try tenant.name
        try await shared.withSession { session in
            let made = try await session.fleet.makeToken(for: name, label: label, replacing: replace)
            if output.json {
                let result = Result(name: name.rawValue, token: made.token.text, label: label, replaced: made.replaced)
                return Output.line(try JSON.text(result))
            }
            Output.line("API token, shown only this once: \(made.token.text)")
            if replace { Output.line("Earlier tokens that are void now: \(made.replaced).") }
        }
    }

    private struct Result: Encodable {
        let name: String
        let token: String
        let label: String
        let replaced: Int
    }
}
