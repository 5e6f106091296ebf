import ArgumentParser
import Postgres
import Provisioning
import Tenancy

/// Holds the registry against what PostgreSQL has.
struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks for whatever is not as it should be, and changes nothing.",
        discussion: """
            Holds the registry against what PostgreSQL has: schemas, roles and rights; tables against what the migrations \
            make; ledgers; what killed commands have left, and what nobody has. Each finding says what to do.

              polls-admin audit
              polls-admin audit potter
              polls-admin audit --json | jq -r '.[] | select(.severity == "error") | .message'

            Exit code 0 says that nothing is to be done, 3 that something was found, 1 that it could not be looked. \
            Notices alone are no reason for 3.

            A database or container of a tenant's own is looked into when the tenant is named, or with --homes: by a \
            connection for each.
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Only these tenants. Without any: all of them, and what is no tenant's.")
    var name: [String] = []

    @Flag(help: "Look into every database and container of a tenant's own.")
    var homes = false

    func validate() throws { _ = try NameList(name, file: nil) }

    func run() async throws {
        let names = try NameList(name, file: nil).names
        let report = try await shared.withSession { try await $0.fleet.audit(names, homes: homes) }
        Output.line(output.json ? try JSON.text(report.findings.map(FindingOutput.init)) : text(report))
        if !report.isClean { throw Exit.partly }
    }

    private func text(_ report: AuditReport) -> String {
        let milliseconds =
            report.duration.components.seconds * 1000
            + report.duration.components.attoseconds / 1_000_000_000_000_000
        let tenants = "\(report.tenants) \(report.tenants == 1 ? "tenant" : "tenants")"
        guard !report.findings.isEmpty else {
            return "Nothing was found: looked at \(tenants) in \(milliseconds) ms."
        }
        var table = Table("SEVERITY", "WHAT", "WHERE", "DO")
        for finding in report.findings {
            let place = [finding.tenant.map { "\($0): " } ?? "", finding.object].joined()
            table.add([finding.severity.rawValue, finding.message, place, finding.next])
        }
        let counts = [("error", Finding.Severity.error), ("warning", .warning), ("notice", .notice)].compactMap {
            word,
            severity in
            let count = report.findings.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
        }
        return table.text + "\n\n\(counts.joined(separator: ", ")): looked at \(tenants) in \(milliseconds) ms."
    }
}

/// A finding, for programs.
struct FindingOutput: Encodable {
    let code: String
    let severity: String
    /// `nil`: it is no tenant's alone.
    let tenant: String?
    let object: String
    let message: String
    let next: String
    /// The single points of a message that sums several up.
    let details: [String]

    init(_ finding: Finding) {
        code = finding.code.rawValue
        severity = finding.severity.rawValue
        tenant = finding.tenant
        object = finding.object
        message = finding.message
        next = finding.next
        details = finding.details
    }
}
