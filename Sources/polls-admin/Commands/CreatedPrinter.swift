import Provisioning
import Settings
import Tenancy

/// Prints tenants as they are made: each at once, so that no token is lost when the next one fails.
struct CreatedPrinter {
    private let settings: Settings
    private let level: Tenant.Level
    private let json: Bool
    private let isSingle: Bool
    private let withToken: Bool
    private let table: Table
    private var hasHeader = false

    init(names: [TenantName], level: Tenant.Level, settings: Settings, json: Bool, withToken: Bool) {
        self.settings = settings
        self.level = level
        self.json = json
        self.withToken = withToken
        isSingle = names.count == 1
        let widths = [
            names.map(\.rawValue.count).max() ?? 0, names.map { settings.url(of: $0, at: level).count }.max() ?? 0,
        ]
        table =
            withToken
            ? Table("NAME", "URL", "API TOKEN (shown only this once)", widths: widths)
            : Table("NAME", "URL", "", widths: widths)
    }

    /// - Throws: ``LostOutput`` when it could not be printed and others are to follow: their tokens would be lost too.
    mutating func print(_ created: CreatedTenant) throws {
        let url = settings.url(of: created.name, at: level)
        if json {
            Output.line(
                try JSON.text(
                    Created(
                        name: created.name.rawValue,
                        url: url,
                        created: true,
                        domains: created.domains.map(\.host),
                        schemaVersion: created.schemaVersion,
                        token: created.token?.text
                    )
                )
            )
        } else if isSingle {
            Output.line(url)
            for domain in created.domains { Output.line("http://\(domain)/polls/") }
            if let token = created.token { Output.line("API token, shown only this once: \(token.text)") }
        } else {
            row(created.name, url, created.token?.text ?? "")
        }
        if !isSingle, let error = Output.lost { throw LostOutput(error: error, isDone: false) }
    }

    mutating func print(existing name: TenantName) throws {
        let url = settings.url(of: name, at: level)
        if json { return Output.line(try JSON.text(Existing(name: name.rawValue, url: url, created: false))) }
        guard isSingle else { return row(name, url, "(exists)") }
        Output.line("\(url)\nThe tenant exists; nothing was changed.")
    }

    func print(_ name: TenantName, failure: any Error) throws {
        if json { Output.line(try JSON.text(Failed(name: name.rawValue, created: false, error: FailureJSON(failure)))) }
        Output.error(Exit.text(of: failure))
    }

    private mutating func row(_ name: TenantName, _ url: String, _ token: String) {
        if !hasHeader { Output.line(table.line(table.header)) }
        hasHeader = true
        Output.line(table.line([name.rawValue, url, token]))
    }

    private struct Created: Encodable {
        let name: String
        let url: String
        let created: Bool
        let domains: [String]
        let schemaVersion: Int32
        let token: String?
    }

    private struct Existing: Encodable {
        let name: String
        let url: String
        let created: Bool
    }

    private struct Failed: Encodable {
        let name: String
        let created: Bool
        let error: FailureJSON
    }
}
