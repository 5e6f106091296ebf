import ArgumentParser
import Provisioning
import Settings
import Tenancy

/// Makes tenants.
struct CreateSchema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-schema",
        abstract: "Makes tenants: a schema, a role and a subdomain for each.",
        discussion: """
            Prints the tenant's URL and, only this once, an API token: writing needs it, unless the tenant is made \
            with --open. Reading and voting never do.

              polls-admin create-schema potter
              polls-admin create-schema thor --open --domain polls.asgard.example
              polls-admin create-schema --file names.txt --json
              polls-admin create-schema odin --level database

            A name has 1 to 40 of a–z, 0–9 and single hyphens, and starts with a letter. Each tenant is made as a \
            whole or not at all; with several, one's failure does not stop the others (exit code 3).
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    @OptionGroup var tenants: TenantNames

    @Option(
        help: ArgumentHelp(
            "Host of the tenant's own, beside its subdomain. Only with one name; can be repeated.",
            valueName: "host"
        )
    )
    var domain: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where it lives: schema, database, database@SERVER or container.",
            valueName: "level"
        )
    )
    var level = "schema"

    @Flag(help: "Anybody may write, without a token.")
    var `open` = false

    @Flag(help: "A tenant that exists already is no failure.")
    var ifNotExists = false

    @Flag(help: "Make no API token.")
    var noToken = false

    func validate() throws {
        guard domain.isEmpty || (tenants.name.count == 1 && tenants.file == nil) else {
            throw ValidationError("--domain goes with one name")
        }
        do { _ = try Destination(level) } catch { throw ValidationError("--level: \(error.description)") }
    }

    private static func elsewhere(_ name: TenantName, _ place: Destination, _ asked: Destination) -> ProvisioningError {
        ProvisioningError(
            .tenantExists,
            "the tenant \(name) exists, at \(place) and not at \(asked)",
            next: "Move it there: polls-admin move \(name) --to \(asked)"
        )
    }

    func run() async throws {
        let names = try tenants.read()
        let destination = try Destination(level)
        let domains = try domain.map { text in
            do { return try TenantDomain(text) } catch { throw WrongUse(Exit.text(of: error)) }
        }
        guard Set(domains.map(\.host)).count == domains.count else { throw WrongUse("a --domain is there twice") }
        let counts = try await shared.withSession { session in
            let base = session.settings.baseDomain
            if let own = domains.first(where: { $0.host == base || $0.host.hasSuffix("." + base) }) {
                throw WrongUse("\(own) is below \(base), where hosts are tenants' names: no --domain is needed there.")
            }
            let new = names.map {
                NewTenant(
                    name: $0,
                    domains: domains,
                    settings: ProductSettings(open: `open`).text,
                    withToken: !noToken
                )
            }
            var printer = CreatedPrinter(
                names: names,
                level: destination.level,
                settings: session.settings,
                json: output.json,
                withToken: !noToken
            )
            var counts = (done: 0, failed: 0)
            var existing: [TenantName] = []
            try await session.fleet.create(new, at: destination) { tenant, outcome in
                switch outcome {
                case .success(let created):
                    counts.done += 1
                    try printer.print(created)
                case .failure(let error as ProvisioningError) where error.code == .tenantExists && ifNotExists:
                    existing.append(tenant.name)
                case .failure(let error):
                    counts.failed += 1
                    try printer.print(tenant.name, failure: error)
                }
            }
            for name in existing {
                let place = try await session.provisioner.record(name).place
                if place == destination {
                    counts.done += 1
                    try printer.print(existing: name)
                } else {
                    counts.failed += 1
                    try printer.print(name, failure: Self.elsewhere(name, place, destination))
                }
            }
            return counts
        }
        if let code = Exit.code(done: counts.done, failed: counts.failed) { throw code }
    }
}
