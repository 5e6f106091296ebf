import FoundationEssentials
import Postgres
import Provisioning
import Tenancy
import TestSupport
import Testing

/// Moves under load, through a real server.
@Suite(.serialized) struct MoveTests {
    /// A tenant with a question of two choices and so many votes.
    private func fill(_ server: TestServer, votes: Int) async throws {
        _ = try await server.provisioner.run(
            """
            insert into question (question) values ('Tea?');
            insert into choice (question_id, choice) values (1, 'yes'), (1, 'no');
            insert into vote (idempotency_key, choice_id) select 'old-' || i, 1 + i % 2 from generate_series(1, \(votes)) i;
            update choice set votes = (select count(*) from vote where choice_id = choice.id);
            """,
            in: TenantName("potter")
        )
    }

    /// Every vote that was acknowledged is there once, and no vote was counted twice or not at all.
    private func check(_ load: VoteLoad, _ server: TestServer, old: Int) async throws {
        #expect(load.problems.isEmpty, "\(load.problems.prefix(3))")
        #expect(load.reads > 0)
        let acknowledged = load.acknowledged
        let (votes, counted, keys) = try await server.fleet.withHome(of: TenantName("potter")) { home in
            let rows = try await home.provisioner.run(
                """
                select (select count(*) from vote), (select sum(votes) from choice),
                    (select array_to_string(array_agg(idempotency_key), ' ') from vote where idempotency_key not like 'old-%')
                """,
                in: TenantName("potter")
            )[0]
            return (rows[0].text(at: 0) ?? "", rows[0].text(at: 1) ?? "", rows[0].text(at: 2) ?? "")
        }
        let found = Set(keys.split(separator: " ").map(String.init))
        let lost = acknowledged.filter { !found.contains($0) }
        #expect(!acknowledged.isEmpty)
        #expect(lost.isEmpty, "\(lost.count) of \(acknowledged.count) acknowledged votes are lost")
        #expect(votes == counted, "each vote counts once")
        #expect(Int(votes) == found.count + old)
    }

    @Test func toADatabaseAndBackUnderLoad() async throws {
        try await TestServer.withOwnCluster(open: ["potter", "thor"]) { server in
            try await fill(server, votes: 20_000)
            let name = try TenantName("potter")
            try await VoteLoad.with(server, tenant: "potter") { load in
                try await waitForVotes(load, 50)
                let there = try await move(server, name, Destination("database"))
                #expect(there.method == .replicate)
                #expect(there.rows >= 20_003)
                try await waitForVotes(load, 50)
                #expect(try await server.provisioner.record(name).level == .database)
                let back = try await server.fleet.origin(of: name)
                #expect(back == (try Destination("schema")))
                _ = try await move(server, name, back)
                try await waitForVotes(load, 50)
            } check: {
                try await check($0, server, old: 20_000)
            }
            let kept = try await server.operatorClient.query(
                "select count(*) from polls_control.home where state = 'kept' and drop_after > now()"
            )
            #expect(try kept.decodeOne(Int64.self) == 2)
            #expect(try await server.ask("thor", "GET", "/polls/").status == 200)
        }
    }

    /// There by PostgreSQL's log, and back by copying within the pause: the second server keeps no such log.
    @Test func aClosedPipeStopsNoMove() async throws {
        try await TestServer.withOwnCluster(open: ["potter"]) { server in
            _ = try await server.admin("$ADMIN move potter --to database --keep 0s 2>&1 | true")
            let tenant = try await server.provisioner.record(TenantName("potter"))
            #expect(tenant.level == .database && tenant.state == .active && !tenant.isMoving)
            let listed = try await server.admin("{ $ADMIN list; echo $? >&2; } | true")
            #expect(listed.errors == "1\n")
        }
    }

    @Test func toAnotherServerAndBackUnderLoad() async throws {
        try await SecondServer.with(settings: ["wal_level": "replica"]) { cluster in
            let url = await cluster.connectionString
            try await TestServer.withOwnCluster(open: ["potter"]) { server in
                try await fill(server, votes: 2_000)
                let name = try TenantName("potter")
                _ = try await server.fleet.addServer("asgard", url: url)
                try await VoteLoad.with(server, tenant: "potter") { load in
                    try await waitForVotes(load, 30)
                    #expect(try await move(server, name, Destination("database@asgard")).method == .replicate)
                    #expect(try await server.provisioner.record(name).server == "asgard")
                    try await waitForVotes(load, 30)
                    let plan = try await server.fleet.planMove(name, to: Destination("schema"))
                    #expect(plan.reason?.contains("wal_level") == true)
                    #expect(try await move(server, name, Destination("schema")).method == .copy)
                    try await waitForVotes(load, 30)
                } check: {
                    try await check($0, server, old: 2_000)
                }
            }
        }
    }

    /// Whoever writes past every server, as the app's own login, finds one place at most that takes it.
    @Test func neverTwoPlacesTakeWrites() async throws {
        try await TestServer.withOwnCluster(open: ["potter"]) { server in
            try await fill(server, votes: 2_000)
            let name = try TenantName("potter")
            let prober = try await WriteProber(server, name)
            for destination in ["database", "schema", "database"] {
                try await prober.probe { _ = try await move(server, name, Destination(destination)) }
            }
            let (violations, writes) = (await prober.violations, await prober.writes)
            #expect(violations.isEmpty, "\(violations)")
            #expect(writes > 0)
            let rows = try await server.fleet.withHome(of: name) {
                try await $0.provisioner.run("select count(*) from question where question like 'probe %'", in: name)[0]
                    .first?.text(at: 0)
            }
            #expect(rows == "\(writes)", "each write that was taken is there")
        }
    }

    /// Into a PostgreSQL and a server of its own, and out again, through a front door that is told where to send.
    @Test func toAContainerAndBackUnderLoad() async throws {
        let runtime = TestRuntime()
        try await TestServer.withOwnCluster(open: ["potter", "thor"]) { server in
            try await fill(server, votes: 2_000)
            let name = try TenantName("potter")
            let fleet = try Fleet.forTests(server.provisioner, server.operatorConfiguration, runtime: runtime)
            try await VoteLoad.with(server, tenant: "potter", door: { await runtime.port(of: name) }) { load in
                try await waitForVotes(load, 20)
                let there = try await fleet.planMove(name, to: Destination("container"))
                _ = try await fleet.move(there, keepSeconds: 600)
                #expect(await runtime.port(of: name) != nil)
                // Whom the front door has not heard of it yet: come again.
                #expect(try await server.ask("potter", "GET", "/polls/").status == 503)
                try await waitForVotes(load, 20)

                try await fleet.suspend(name)
                let own = await runtime.port(of: name)
                let isAway = try await eventually {
                    try await server.ask("potter", "GET", "/polls/", port: own).status == 503
                }
                #expect(isAway, "its own server goes on serving it")
                try await fleet.resume(name)
                let isBack = try await eventually {
                    try await server.ask("potter", "GET", "/polls/", port: own).status == 200
                }
                #expect(isBack, "its own server does not serve it again")
            } check: { load in
                // A suspended tenant is not served: those answers are as they should be.
                let foreign = load.problems.filter { !$0.contains("is not served at present") }
                #expect(foreign.isEmpty, "\(foreign.prefix(3))")
            }
            try await VoteLoad.with(server, tenant: "potter", door: { await runtime.port(of: name) }) { load in
                try await waitForVotes(load, 20)
                let back = try await fleet.planMove(name, to: Destination("schema"))
                _ = try await fleet.move(back, keepSeconds: 600)
                #expect(await runtime.port(of: name) == nil)
                #expect(await runtime.running.isEmpty, "the old container is stopped, and kept")
                #expect(await runtime.containers.count == 1)
                try await waitForVotes(load, 20)
            } check: { load in
                #expect(load.problems.isEmpty, "\(load.problems.prefix(3))")
                let (votes, counted, found) = try await server.operatorClient.query(
                    """
                    select (select count(*) from potter.vote), (select sum(votes)::int8 from potter.choice),
                        (select count(*) from potter.vote where idempotency_key = any (\(load.acknowledged)))
                    """
                ).decodeOne(Int64.self, Int64.self, Int64.self)
                #expect(votes == counted)
                #expect(found == load.acknowledged.count)
            }
            try await fleet.drop(name)
            #expect(await runtime.containers.isEmpty)
        }
        try await runtime.close()
    }

    @Test func whatCannotBeMovedIsRefusedAndStaysAsItIs() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            let name = try TenantName("potter")
            let fleet = try server.fleet
            #expect(try await refusal { _ = try await fleet.planMove(name, to: Destination("schema")) } == .cannotMove)
            #expect(
                try await refusal { _ = try await fleet.planMove(name, to: Destination("database@nowhere")) }
                    == .noSuchServer
            )
            #expect(try await refusal { _ = try await fleet.planMove(name, to: Destination("container")) } == .runtime)
            #expect(try await refusal { _ = try await fleet.resumeMove(name) } == .noMove)
            #expect(try await refusal { _ = try await fleet.origin(of: name) } == .noMove)
            // A table that no migration made would be lost.
            _ = try await server.operatorClient.query("create table potter.extra (id int primary key)")
            #expect(try await refusal { _ = try await move(server, name, Destination("database")) } == .cannotMove)
            #expect(try await server.provisioner.record(name).state == .active)
            #expect(try await server.ask("potter", "POST", "/polls/", #"{"question":"Tea?"}"#).status == 201)
            #expect(try await server.leftovers() == Leftovers())
        }
    }

    /// Killed at any point, a move can be taken up or taken back: nothing is lost, and nothing is left over.
    @Test func killedAtAnyPointNothingIsLost() async throws {
        try await TestServer.withOwnCluster(open: ["potter"]) { server in
            try await fill(server, votes: 5_000)
            let name = try TenantName("potter")
            try await VoteLoad.with(server, tenant: "potter", voters: 2) { load in
                try await waitForVotes(load, 5)
                let start = ContinuousClock.now
                _ = try await move(server, name, Destination("database"), keep: 0)
                _ = try await move(server, name, Destination("schema"), keep: 0)
                let whole = (ContinuousClock.now - start) / .seconds(1) + 0.3
                for number in 0..<24 {
                    let here = try await server.provisioner.record(name).level
                    let there = here == .schema ? "database" : "schema"
                    let delay = Double.random(in: 0.05...max(0.4, min(2, whole)))
                    _ = try await server.admin(
                        "timeout --signal=KILL \(delay) $ADMIN move potter --to \(there) --keep 0s"
                    )
                    try await server.settle()
                    let end = number % 2 == 0 ? "--resume" : "--abort"
                    let outcome = try await server.admin("$ADMIN move potter \(end)")
                    if outcome.code != 0 {
                        // It had not begun, was done, or has switched and can only go forward.
                        let again = try await server.admin("$ADMIN move potter --resume")
                        #expect(again.code == 0 || again.errors.contains("unfinished"), "\(outcome)\n\(again)")
                    }
                    let tenant = try await server.provisioner.record(name)
                    #expect(tenant.state == .active, "after \(delay) s and \(end): \(outcome)")
                    let left = try await server.leftovers()
                    #expect(
                        left == Leftovers(databases: tenant.homeID == nil ? 0 : 1),
                        "after \(delay) s and \(end): \(left), \(outcome)"
                    )
                }
                try await waitForVotes(load, 5)
            } check: {
                try await check($0, server, old: 5_000)
            }
        }
    }

    private func move(
        _ server: TestServer,
        _ name: TenantName,
        _ destination: Destination,
        keep: Int64 = 600
    ) async throws -> MoveOutcome {
        let plan = try await server.fleet.planMove(name, to: destination)
        return try await server.fleet.move(plan, keepSeconds: keep)
    }

    private func refusal(_ body: () async throws -> Void) async throws -> ProvisioningError.Code? {
        do {
            try await body()
            return nil
        } catch let error as ProvisioningError { return error.code }
    }

    /// Waits until so many more votes were acknowledged.
    private func waitForVotes(_ load: VoteLoad, _ count: Int) async throws {
        let goal = load.acknowledged.count + count
        let cameTrue = await eventually { load.acknowledged.count >= goal }
        #expect(cameTrue, "votes do not go on: \(load.problems.prefix(3))")
    }
}

extension VoteLoad {
    /// The same, and a look at what was done once everybody has stopped.
    static func with(
        _ server: TestServer,
        tenant: String,
        voters: Int = 4,
        door: @escaping @Sendable () async -> Int? = { nil },
        _ body: @Sendable (VoteLoad) async throws -> Void,
        check: @Sendable (VoteLoad) async throws -> Void
    ) async throws {
        let load = try await with(server, tenant: tenant, voters: voters, door: door) { load in
            try await body(load)
            return load
        }
        try await check(load)
    }
}

/// What moves may leave on a server.
struct Leftovers: Equatable {
    var databases: Int64 = 0
    var slots: Int64 = 0
    var publications: Int64 = 0
    /// Roles of the tenant beyond the one that it has.
    var roles: Int64 = 0
    var schemas: Int64 = 0
}

extension TestServer {
    /// Counts what there is of potter, but for the place that it lives in.
    func leftovers() async throws -> Leftovers {
        let (slots, publications, databases, schemas, roles) = try await operatorClient.query(
            """
            select (select count(*) from pg_replication_slots where database = current_database()
                    or database in (select database_name from polls_control.home)),
                (select count(*) from pg_publication),
                (select count(*) from pg_database d where datname like 'tenant\\_potter\\_%' and exists (
                    select from aclexplode(datacl) a join pg_roles r on r.oid = a.grantee
                    join polls_control.setting on rolname = app_login)),
                (select count(*) from pg_namespace where nspname ~ '^potter')
                    - (select count(*) from polls_control.tenant where name = 'potter' and home_id is null),
                (select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member
                    join polls_control.setting on rolname = app_login) - (select count(*) from polls_control.tenant)
            """
        ).decodeOne(Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
        return Leftovers(
            databases: databases,
            slots: slots,
            publications: publications,
            roles: roles,
            schemas: schemas
        )
    }

    /// Runs a command of the shell, in which `$ADMIN` is the operator's tool for this server's registry.
    func admin(_ command: String) async throws -> Admin.Outcome {
        try await Admin.run(
            "/bin/sh",
            ["-c", command],
            [
                "PATH": "/usr/bin:/bin", "DATABASE_URL": operatorConfiguration.connectionString,
                "ADMIN": Admin.program,
            ]
        )
    }

    /// Waits until PostgreSQL has seen that a killed program has gone.
    func settle() async throws {
        let isGone = try await eventually {
            try await operatorClient.query(
                """
                select count(*) from pg_stat_activity where application_name = 'polls-admin'
                    and (datname = current_database() or datname in (select database_name from polls_control.home))
                """
            ).decodeOne(Int64.self) == 0
        }
        #expect(isGone, "PostgreSQL goes on with what a killed program began")
    }
}
