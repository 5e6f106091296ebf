import ArgumentParser
import Provisioning
import Tenancy

/// Which of many tenants are meant: those that are all that is asked for.
struct TenantFilter: ParsableArguments {
    @Argument(help: "Only of these names; * stands for any text, as in 'pot*'.")
    var name: [String] = []

    @Option(help: "Only in this state: creating, active, suspended, moving or dropping.")
    var state: String?

    @Option(help: ArgumentHelp("Only there: schema, database, database@SERVER or container.", valueName: "level"))
    var level: String?

    @Flag(help: "Only those that migrate would take up.")
    var behind = false

    func validate() throws {
        let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-*")
        if let bad = name.first(where: { $0.isEmpty || !$0.allSatisfy(allowed.contains) }) {
            throw ValidationError("\(bad.debugDescription) is no tenant's name, nor one with *")
        }
        guard state.map({ Tenant.State(rawValue: $0) != nil }) ?? true else {
            throw ValidationError("--state is creating, active, suspended, moving or dropping")
        }
        do { _ = try level.map { try Destination($0) } } catch let error as ProvisioningError {
            throw ValidationError("--level: \(error)")
        }
    }

    /// Whether all tenants are meant.
    var isEmpty: Bool { name.isEmpty && state == nil && level == nil && !behind }

    /// - Throws: ``ProvisioningError`` when the registry does not answer.
    func apply(to tenants: [TenantRecord], _ provisioner: Provisioner) async throws -> [TenantRecord] {
        let late = behind ? Set(try await provisioner.behind().map(\.name)) : []
        let place = try level.map { try Destination($0) }
        return tenants.filter { tenant in
            (name.isEmpty || name.contains { Self.matches(tenant.name.rawValue, $0) })
                && (state == nil || tenant.state.rawValue == state)
                && (place == nil || tenant.level == place?.level && (place?.server ?? tenant.server) == tenant.server)
                && (!behind || late.contains(tenant.name))
        }
    }

    /// Whether a name is a pattern's, in which `*` stands for any text.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return name == pattern }
        guard name.hasPrefix(parts[0]) else { return false }
        var rest = name.dropFirst(parts[0].count)
        for part in parts[1..<(parts.count - 1)] where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }
}
