import ArgumentParser

/// Lists the tenants.
struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the tenants.",
        discussion: """
            All of them, or those that are all that is asked for. With --json, an array of objects:

              polls-admin list 'pot*' --behind
              polls-admin list --level database@asgard
              polls-admin list --state suspended --json | jq -r '.[].name' >names.txt
            """
    )

    @OptionGroup var shared: SharedOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var filter: TenantFilter

    func run() async throws {
        try await shared.withSession { session in
            let all = try await session.provisioner.list()
            let tenants = try await filter.apply(to: all, session.provisioner)
                .map { TenantOutput($0, settings: session.settings) }
            if output.json { return Output.line(try JSON.text(tenants)) }
            guard !tenants.isEmpty else {
                return Output.line(
                    all.isEmpty
                        ? "There is no tenant yet. Make one: polls-admin create-schema potter"
                        : "None of \(all.count) tenants is what was asked for."
                )
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
