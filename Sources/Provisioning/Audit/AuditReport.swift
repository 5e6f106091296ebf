/// What an audit came to.
public struct AuditReport: Sendable {
    /// The gravest first, then by tenant.
    public let findings: [Finding]
    /// How many tenants were looked at.
    public let tenants: Int
    /// How long it took.
    public let duration: Duration

    /// Whether something is to be done: notices ask for nothing.
    public var isClean: Bool { !findings.contains { $0.severity > .notice } }

    init(findings: [Finding], tenants: Int, duration: Duration) {
        self.findings = findings.sorted { left, right in
            left.severity != right.severity
                ? left.severity > right.severity
                : (left.tenant ?? "", left.object, left.code.rawValue)
                    < (right.tenant ?? "", right.object, right.code.rawValue)
        }
        self.tenants = tenants
        self.duration = duration
    }
}
