import ArgumentParser
import Tenancy

/// A tenant's name on the command line; what breaks the rules is wrong use, and says which.
struct NameArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The tenant's name.", valueName: "name"))
    var text: String

    var name: TenantName {
        get throws {
            do { return try TenantName(text) } catch { throw ValidationError(error.description) }
        }
    }

    func validate() throws { _ = try name }
}
