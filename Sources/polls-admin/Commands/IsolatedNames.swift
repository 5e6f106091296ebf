import ArgumentParser
import Tenancy

/// Which isolated tenants are meant.
struct IsolatedNames: ParsableArguments {
    @Argument(help: "Only these tenants.")
    var name: [String] = []

    func validate() throws { _ = try NameList(name, file: nil) }

    /// `nil`: all of them.
    var names: [TenantName]? {
        get throws { name.isEmpty ? nil : try NameList(name, file: nil).names }
    }
}
