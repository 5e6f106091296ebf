import FoundationEssentials
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Tenants in databases of their own, through a real server and the real tool.
@Suite struct HomeTests {
    @Test func everyCommandFindsTheHome() async throws {
        try await TestServer.with(open: ["thor"]) { server in
            let created = try await server.admin("$ADMIN create-schema potter --level database --open --json")
            #expect(created.code == 0, "\(created)")
            try await server.wait(for: 200, from: "potter")
            #expect(try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?"}"#).status == 201)
            #expect(try await server.ask("potter", "GET", "/polls/").body.contains("Tea?"))
            #expect(try await !server.ask("thor", "GET", "/polls/").body.contains("Tea?"))

            let rows = try await server.admin(
                "$ADMIN sql potter 'select question, current_database() from question' --json"
            )
            #expect(rows.output.contains("Tea?") && rows.output.contains("tenant_potter_"))
            let psql = try await server.admin("$ADMIN psql potter -- -Atc 'select question from question'")
            #expect(psql.output == "Tea?\n")
            let list = try await server.admin("$ADMIN list")
            #expect(list.output.contains("database"))
            let shown = try json(try await server.admin("$ADMIN show potter --json").output)
            #expect(shown["tables"] == .number(4))

            #expect(try await server.admin("$ADMIN suspend potter").code == 0)
            try await server.wait(for: 503, from: "potter")
            #expect(try await server.admin("$ADMIN resume potter").code == 0)
            try await server.wait(for: 200, from: "potter")

            #expect(try await server.admin("$ADMIN drop-schema potter --yes").code == 0)
            try await server.wait(for: 404, from: "potter")
            #expect(try await server.leftovers() == Leftovers(schemas: 0))
            #expect(try await server.ask("thor", "GET", "/polls/").status == 200)
        }
    }

    /// Its old copy is kept, and nobody holds connections there.
    @Test func aHomeThatItsTenantHasLeftIsConnectedToNoMore() async throws {
        try await TestServer.with { server in
            let created = try await server.admin("$ADMIN create-schema potter --level database --open")
            #expect(created.code == 0, "\(created)")
            try await server.wait(for: 200, from: "potter")
            let home = try await server.operatorClient.query("select database_name from polls_control.home")
                .decodeOne(String.self)
            @Sendable func connections() async throws -> Int64 {
                try await server.operatorClient.query(
                    """
                    select count(*) from pg_stat_activity
                    where datname = \(home) and application_name = 'polls-server'
                    """
                ).decodeOne(Int64.self)
            }
            #expect(try await connections() > 0)
            let moved = try await server.admin("$ADMIN move potter --to schema --keep 1d")
            #expect(moved.code == 0, "\(moved)")
            #expect(try await eventually { try await connections() == 0 }, "the old home is still connected to")
            #expect(try await server.ask("potter", "GET", "/polls/").status == 200)
            #expect(try await server.admin("$ADMIN drop-schema potter --yes").code == 0)
        }
    }

    /// The app's login can do nothing in a home's database but enter the one tenant; others cannot connect at all.
    @Test func aHomeIsForItsTenantOnly() async throws {
        try await TestServer.with(open: ["thor"]) { server in
            let fleet = try server.fleet
            _ = try await fleet.create(NewTenant(name: TenantName("potter")), at: Destination("database"))
            let home = try await fleet.withHome(of: TenantName("potter")) { $0.configuration.connectionString }
            var configuration = server.appConfiguration
            configuration.connectionString = try ConnectionString(configuration.connectionString)
                .with("dbname", try ConnectionString(home)["dbname"]).text
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                let (maySee, mayMake, anybody) = try await client.query(
                    """
                    select has_schema_privilege('potter', 'usage'),
                        has_database_privilege(current_database(), 'create')
                            or has_database_privilege(current_database(), 'temporary'),
                        exists (select from pg_database, aclexplode(datacl) as entry
                            where datname = current_database() and grantee = 0)
                    """
                ).decodeOne(Bool.self, Bool.self, Bool.self)
                #expect(!maySee && !mayMake && !anybody)
                let thor = try await server.operatorClient.query(
                    "select role_name from polls_control.tenant where name = 'thor'"
                ).decodeOne(String.self)
                await #expect(throws: PostgresError.self) {
                    try await client.run(
                        Segment(statements: [
                            "select set_config('role', \(thor), true)", "select from potter.question",
                        ])
                    )
                }
            }
        }
    }

    @Test func theOperatorsAddressIsNotTheAppsToRead() async throws {
        try await TestServer.with { server in
            try await PostgresClient.withClient(server.appConfiguration, logger: TestDatabase.logger) { client in
                _ = try await client.query("select name, app_url, state from polls_control.server")
                await #expect(throws: PostgresError.self) {
                    try await client.query("select operator_url from polls_control.server")
                }
            }
        }
    }

    /// A server that is down takes its own tenants with it, and nobody else; they are back when it is.
    @Test func anUnreachableServerFailsItsTenantsOnly() async throws {
        try await SecondServer.with { cluster in
            let url = await cluster.connectionString
            try await TestServer.with(open: ["thor"]) { server in
                let fleet = try server.fleet
                _ = try await fleet.addServer("asgard", url: url)
                let open = JSONText(#"{"open": true}"#)
                _ = try await fleet.create(
                    NewTenant(name: TenantName("potter"), settings: open),
                    at: Destination("database@asgard")
                )
                try await server.wait(for: 200, from: "potter")
                let listed = try await server.admin("$ADMIN servers list --json")
                #expect(listed.output.contains(#""answers":true"#) && listed.output.contains(#""tenants":1"#))

                await cluster.stop()
                // Nothing is written down for a server that is not there.
                let nowhere = try await server.admin("$ADMIN create-schema odin --level database@asgard")
                #expect(nowhere.code == 1 && nowhere.errors.contains("no connection"), "\(nowhere)")
                #expect(try await server.admin("$ADMIN show odin").errors.contains("there is no tenant odin"))
                try await server.wait(for: 503, from: "potter")
                let answer = try await server.ask("potter", "GET", "/polls/")
                #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
                #expect(try await server.ask("thor", "GET", "/polls/").status == 200)
                #expect(try await server.ask("", "GET", "/readyz").status == 200)
                let migrated = try await server.admin("$ADMIN show potter")
                #expect(migrated.code == 1 && migrated.errors.contains("does not answer"), "\(migrated)")
                #expect(try await server.admin("$ADMIN show thor").code == 0)

                try await cluster.start()
                try await server.wait(for: 200, from: "potter")
                #expect(try await server.admin("$ADMIN servers drain asgard").code == 0)
                let again = try await server.admin("$ADMIN servers drain asgard --undo && $ADMIN servers drain asgard")
                #expect(again.code == 0 && again.output.contains("takes new tenants again"), "\(again)")
                let full = try await server.admin("$ADMIN create-schema odin --level database@asgard")
                #expect(full.code == 1 && full.errors.contains("draining"), "\(full)")
                #expect(try await server.admin("$ADMIN servers remove asgard").code == 1)

                await cluster.stop()
                let stuck = try await server.admin("$ADMIN servers remove asgard")
                #expect(stuck.code == 1 && stuck.errors.contains("--lost"), "\(stuck)")
                let lost = try await server.admin("$ADMIN servers remove asgard --lost")
                #expect(lost.code == 3 && lost.errors.contains("potter"), "\(lost)")
                #expect(try await server.admin("$ADMIN drop-schema potter --yes").code == 0)
                let gone = try await server.admin("$ADMIN servers remove asgard --json")
                #expect(gone.code == 0 && gone.output.contains(#""removed":true"#), "\(gone)")
            }
        }
    }

    /// What a killed connection takes with it is sent again, for its tenant and for the neighbours.
    @Test(arguments: [SIGTERM, SIGKILL]) func aKilledBackendFailsNobody(signal: Int32) async throws {
        try await SecondServer.with { cluster in
            let url = await cluster.connectionString
            try await TestServer.with(open: [], change: { $0.timeout = .seconds(300) }) { server in
                let fleet = try server.fleet
                _ = try await fleet.addServer("asgard", url: url)
                let tenants = ["potter", "thor", "odin"]
                for tenant in tenants {
                    let new = NewTenant(name: try TenantName(tenant), settings: JSONText(#"{"open": true}"#))
                    _ = try await fleet.create(new, at: Destination("database@asgard"))
                    try await server.wait(for: 200, from: tenant)
                    let question = #"{"question":"Tea?","choices":["yes"]}"#
                    let made = try await server.ask(tenant, "POST", "/polls/", question)
                    #expect(made.status == 201, "\(made)")
                }
                var configuration = TestDatabase.configuration(url)
                configuration.connections = 0
                let asgard = configuration
                let votes = try await SteadyVoters.ask(server, tenants) { voters in
                    try await PostgresClient.withClient(asgard, logger: TestDatabase.logger) { client in
                        for _ in 0..<5 {
                            try await killBackend(client, signal)
                            for tenant in tenants { await voters.goOn(tenant) }
                        }
                    }
                }
                for tenant in tenants {
                    let results = try json(try await server.ask(tenant, "GET", "/polls/1/results/").body)
                    #expect(results["votes"] == .number(Double(votes[tenant] ?? 0)), "\(tenant): \(results)")
                }
            }
        }
    }

    /// Kills a connection of the server to potter's database.
    private func killBackend(_ client: PostgresClient, _ signal: Int32) async throws {
        let isKilled = await eventually {
            let backends = try? await client.withConnection { connection in
                try await connection.query(
                    """
                    select pid from pg_stat_activity
                    where datname like 'tenant\\_potter\\_%' and application_name = 'polls-server'
                    """
                ).decode(Int32.self)
            }
            return backends?.first.map { kill($0, signal) == 0 } ?? false
        }
        #expect(isKilled, "potter has no connection")
    }

    /// A killed attempt leaves nothing that is served, and the next one goes on from there.
    @Test func makingAndDroppingCanBeKilledAtAnyPoint() async throws {
        try await TestServer.with { server in
            let start = ContinuousClock.now
            #expect(try await server.admin("$ADMIN create-schema potter --level database --open").code == 0)
            let whole = (ContinuousClock.now - start) / .seconds(1)
            for number in 0..<12 {
                let drop = Double.random(in: 0.01...0.3)
                _ = try await server.admin("timeout --signal=KILL \(drop) $ADMIN drop-schema potter --yes")
                try await server.settle()
                let dropped = try await server.admin("$ADMIN drop-schema potter --yes")
                #expect(dropped.code == 0 || dropped.errors.contains("no tenant"), "after \(drop) s: \(dropped)")
                #expect(try await server.leftovers() == Leftovers(), "after \(drop) s")

                let create = Double.random(in: 0.01...(whole * 1.1))
                let command = "$ADMIN create-schema potter --level database --open"
                _ = try await server.admin("timeout --signal=KILL \(create) \(command)")
                try await server.settle()
                let state = try await server.operatorClient.query("select state from polls_control.tenant")
                    .decodeOptional(String.self)
                if state != "active" {
                    #expect(try await server.ask("potter", "GET", "/polls/").status == 404)
                    // The level of the next attempt may be another one.
                    let level = number % 2 == 0 ? "database" : "schema"
                    let again = try await server.admin("$ADMIN create-schema potter --level \(level) --open")
                    #expect(again.code == 0, "after \(create) s: \(again)")
                }
                let atHome = try await server.provisioner.record(TenantName("potter")).homeID != nil
                #expect(try await server.leftovers() == Leftovers(databases: atHome ? 1 : 0), "after \(create) s")
                try await server.wait(for: 200, from: "potter")
            }
        }
    }
}

extension TestServer {
    /// Waits until a tenant's list answers so.
    func wait(for status: UInt, from tenant: String) async throws {
        var last: UInt = 0
        let isSuch = try await eventually {
            last = try await ask(tenant, "GET", "/polls/").status
            return last == status
        }
        #expect(isSuch, "\(tenant) answers \(last)")
    }
}
