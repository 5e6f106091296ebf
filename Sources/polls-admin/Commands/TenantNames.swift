import ArgumentParser
import Tenancy

/// The tenants that a command is for: named one by one, in a file, or both.
struct TenantNames: ParsableArguments {
    @Argument(help: "Names of the tenants.")
    var name: [String] = []

    @Option(
        help: ArgumentHelp(
            "File with a name on each line, - for standard input. # starts a comment.",
            valueName: "names"
        ),
        completion: .file()
    )
    var file: String?

    func validate() throws {
        guard !name.isEmpty || file != nil else { throw ValidationError("give a name, or --file") }
        if file == nil { _ = try NameList(name, file: nil) }
    }

    /// All of them. Standard input can be read only once.
    func read() throws -> [TenantName] { try NameList(name, file: file).names }
}
