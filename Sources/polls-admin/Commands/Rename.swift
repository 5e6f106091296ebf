import ArgumentParser
import Provisioning
import Settings
import Tenancy

/// Gives a tenant another name.
struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Gives a tenant another name, and with it another subdomain.",
        discussion: """
            Its schema gets the name too; data, tokens and domains of its own stay. From then on it is served under the \
            new name, and under the old one there is nobody, until another tenant is made of that name.

              polls-admin rename potter harry

            It is one transaction. A tenant in a database or containers of its own is moved to a schema first, and old \
            copies that moves have left go before: move NAME --sweep. A psql that is open in the tenant has to be opened \
            anew.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var tenant: NameArgument

    @Argument(help: ArgumentHelp("The name that it gets.", valueName: "new-name"))
    var newName: String

    func validate() throws {
        guard try new() != tenant.name else { throw ValidationError("that is its name already") }
    }

    private func new() throws -> TenantName {
        do { return try TenantName(newName) } catch { throw ValidationError(error.description) }
    }

    func run() async throws {
        let (name, new) = (try tenant.name, try new())
        try await shared.withSession { session in
            try await session.fleet.rename(name, to: new)
            let url = session.settings.url(of: new, at: .schema)
            let result = Result(name: new.rawValue, was: name.rawValue, url: url)
            Output.line(output.json ? try JSON.text(result) : "\(name) is \(new) now: \(url)")
        }
    }

    private struct Result: Encodable {
        let name: String
        let was: String
        let url: String
    }
}
