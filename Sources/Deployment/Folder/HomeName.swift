import Provisioning

/// What one home is called, wherever something of it has a name: `potter-7`, by its tenant and its number.
struct HomeName: Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(_ container: TenantContainer) { description = "\(container.tenant)-\(container.home)" }

    /// - Parameter folder: what the home's folder is called.
    init(folder: String) { description = folder }

    /// Its project and its network on an engine, which has others' too.
    var onEngine: String { "polls-\(self)" }
}
