import Postgres
import Tenancy

/// Whether the databases of tenants' own are on their servers, and only those.
extension Fleet {
    /// A home at the level `database`, as the registry has it.
    private struct DatabaseHome {
        let tenant: String
        let state: String
        let database: String
    }

    /// - Parameter names: only these tenants' databases, and no others; `nil`: all, and what is nobody's.
    func serverFindings(_ names: [String]?) async throws -> [Finding] {
        let rows = try await control.withConnection("reading the homes") { connection in
            try await connection.query(
                """
                select server_name, name, home.state, database_name
                from polls_control.home join polls_control.tenant on tenant.id = tenant_id
                where home.level = 'database' and database_name is not null
                    and (\(names == nil) or name = any (\(names ?? [])))
                order by name, home.id
                """
            ).decode(String?.self, String.self, String.self, String.self)
        }
        let homes = Dictionary(grouping: rows, by: \.0).mapValues { rows in
            rows.map { DatabaseHome(tenant: $0.1, state: $0.2, database: $0.3) }
        }
        let servers = try await servers()
        return try await withThrowingTaskGroup(of: [Finding].self) { group in
            if names == nil || homes[nil] != nil {
                let url = configuration.connectionString
                group.addTask { try await databases(at: nil, url: url, homes[nil] ?? [], all: names == nil) }
            }
            for server in servers where names == nil || homes[server.name] != nil {
                let here = homes[server.name] ?? []
                switch server.state {
                case .lost: group.addTask { Self.lost(server, here, all: names == nil) }
                case .adding:
                    group.addTask { names == nil ? [Self.unfinished(server)] : [] }
                case .active, .draining:
                    let url = server.operatorURL.text
                    group.addTask { try await databases(at: server.name, url: url, here, all: names == nil) }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// One connection to one server.
    private func databases(
        at server: String?,
        url: String,
        _ homes: [DatabaseHome],
        all: Bool
    ) async throws -> [Finding] {
        let login = control.registry.appLogin
        let databases: [(String, Bool)]
        do {
            // A name of our form is ours where our app may connect; other fleets' have the same form.
            databases = try await withServer(url, "looking at the server \(server ?? "of the registry")") {
                connection in
                try await connection.query(
                    """
                    select datname::text, datname ~ '^tenant_[a-z][a-z0-9-]*_[0-9a-f]{8}$' and exists (
                        select from aclexplode(datacl) join pg_catalog.pg_roles on pg_roles.oid = grantee
                        where rolname = \(login)
                            or rolname ~ ('^' || \(String(login.prefix(50))) || '_[0-9a-f]{8}$'))
                    from pg_catalog.pg_database order by 1
                    """
                ).decode(String.self, Bool.self)
            }
        } catch let error as ProvisioningError where server != nil {
            return [Self.unreachable(server ?? "", error, homes)]
        }
        let found = Set(databases.map(\.0))
        var findings = homes.filter { !found.contains($0.database) && $0.state != "making" }
            .map { Self.missing($0, server) }
        guard all else { return findings }
        let known = Set(homes.map(\.database))
        findings += databases.filter { $0.1 && !known.contains($0.0) }.map { Self.leftover($0.0, server) }
        return findings
    }

    private static func place(_ database: String, _ server: String?) -> String {
        "database \"\(database)\"" + (server.map { " on \($0)" } ?? "")
    }

    private static func missing(_ home: DatabaseHome, _ server: String?) -> Finding {
        let isLive = home.state == "live"
        return Finding(
            .databaseMissing,
            isLive ? .error : .warning,
            tenant: home.tenant,
            at: place(home.database, server),
            isLive ? "the database that \(home.tenant) lives in is gone" : "an old copy of \(home.tenant) is gone",
            next: isLive
                ? "Restore it from a backup, under the same name; or give the tenant up: polls-admin drop-schema "
                    + "\(home.tenant)."
                : "Run polls-admin move \(home.tenant) --sweep, which forgets it."
        )
    }

    private static func leftover(_ database: String, _ server: String?) -> Finding {
        Finding(
            .databaseLeftover,
            .warning,
            at: place(database, server),
            "it looks like a tenant's, and no home of the registry has it",
            next:
                "See whether another registry on that server has it, and what is in it. If nobody misses it, run: drop "
                + "database \(DatabaseAudit.quoted(database));"
        )
    }

    private static func unreachable(_ server: String, _ error: ProvisioningError, _ homes: [DatabaseHome]) -> Finding {
        let live = homes.filter { $0.state == "live" }.map(\.tenant)
        return Finding(
            .serverUnreachable,
            at: "server \(server)",
            "it cannot be looked at: \(error.cause?.words ?? error.message)"
                + (live.isEmpty ? "" : ". Not served while it is down: \(Finding.summary(live))"),
            next:
                "Check that it runs, and its address and login. One that will not come back: polls-admin servers remove "
                + "\(server) --lost.",
            details: live
        )
    }

    private static func unfinished(_ server: ServerRecord) -> Finding {
        Finding(
            .serverUnfinished,
            .warning,
            at: "server \(server.name)",
            "it was being added or removed, and takes no databases",
            next: "Run polls-admin servers add again, or servers remove \(server.name)."
        )
    }

    private static func lost(_ server: ServerRecord, _ homes: [DatabaseHome], all: Bool) -> [Finding] {
        let live = homes.filter { $0.state == "live" }
        guard all || !live.isEmpty else { return [] }
        return live.map { home in
            Finding(
                .databaseMissing,
                tenant: home.tenant,
                at: place(home.database, server.name),
                "\(home.tenant) lives on \(server.name), which was given up",
                next: "Drop it with polls-admin drop-schema \(home.tenant); should the server be back: servers add."
            )
        }
    }
}
