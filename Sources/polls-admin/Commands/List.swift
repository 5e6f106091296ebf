import ArgumentParser

/// Lists the tenants.
struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the tenants.",
        discussion: """
            With --json, an array of objects:

              polls-admin list --json | jq -r '.[] | select(.state == "suspended") | .name'
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await shared.withSession { session in
            let tenants = try await session.provisioner.list().map { TenantOutput($0, settings: session.settings) }
            if output.json { return Output.line(try JSON.text(tenants)) }
            guard !tenants.isEmpty else {
                return Output.line("There is no tenant yet. Make one: polls-admin create-schema potter")
            }
            var table = Table("NAME", "STATE", "LEVEL", "VERSION", "WRITING", "CREATED", "URL")
            for tenant in tenants {
                table.add([
                    tenant.name, tenant.state, tenant.level + (tenant.server.map { "@" + $0 } ?? ""),
                    "\(tenant.schemaVersion)", tenant.open ? "open" : "token",
                    tenant.createdAt, ([tenant.url] + tenant.domains).joined(separator: " "),
                ])
            }
            Output.line(table.text)
        }
    }
}
