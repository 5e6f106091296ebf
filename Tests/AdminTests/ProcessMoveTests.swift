import Provisioning
import Tenancy
import TestSupport
import Testing

/// The real tool, moving a tenant to processes of its own behind a real nginx, and back.
@Suite(.timeLimit(.minutes(20))) struct ProcessMoveTests {
    private let name: TenantName

    init() throws { name = try TenantName("potter") }

    @Test func thereAndBackUnderLoadLosesAndDoublesNoVote() async throws {
        try await ProcessSite.with(open: ["potter", "thor"]) { site in
            try await fill(site)
            // thor first: with it there is a front door, and it stays where it is.
            let first = try await site.admin("isolate thor --json")
            #expect(first.code == 0, "\(first)")
            let load = try await withVotes(site) { load in
                try await wait(for: 20, of: load)
                for command in ["isolate potter", "move potter --to schema --keep 0s"] {
                    let moved = try await site.admin("\(command) --json")
                    #expect(moved.code == 0, "\(moved)")
                    let asked = try await site.front.ask("potter", "GET", "/livez")
                    let isApart = asked.headers["polls-upstream"]?.hasPrefix("potter-") ?? false
                    #expect(isApart == command.hasPrefix("isolate"))
                    try await wait(for: 20, of: load)
                }
            }
            #expect(load.problems == [])
            try await expectEveryVoteOnce(load, site)
            let thor = try await site.front.ask("thor", "GET", "/livez")
            #expect(thor.headers["polls-upstream"]?.hasPrefix("thor-") == true)

            for tenant in ["potter", "thor"] {
                let dropped = try await site.admin("drop-schema \(tenant) --yes")
                #expect(dropped.code == 0, "\(dropped)")
            }
            #expect(try site.homes() == [])
        }
    }

    /// Killed at any point, a move into a container or out of it is taken up or taken back: no vote is lost or counted
    /// twice, and there is never a moment at which two places take writes.
    @Test func killedAtAnyPointNothingIsLostAndOnePlaceTakesWrites() async throws {
        try await ProcessSite.with(open: ["potter", "thor"]) { site in
            try await fill(site)
            let first = try await site.admin("isolate thor --json")
            #expect(first.code == 0, "\(first)")
            let prober = try await WriteProber(site.server, name) { site.connectionString(name, home: $0) }
            let load = try await withVotes(site) { load in
                try await wait(for: 5, of: load)
                try await prober.probe {
                    let whole = try await seconds { try await site.admin("isolate potter").code == 0 }
                    // Each end after a kill on the way in, and on the way out.
                    for (number, end) in ["--abort", "--resume", "--resume", "--abort", "--abort"].enumerated() {
                        try await killMove(site, at: Double.random(in: 0.05...(whole * 1.1)), number, end)
                        try await wait(for: 3, of: load)
                    }
                }
            }
            let last = try await site.admin("move potter --to schema --keep 0s")
            #expect(last.code == 0 || last.errors.contains("at the level schema already"), "\(last)")
            try await expectEveryVoteOnce(load, site)
            let (violations, writes) = (await prober.violations, await prober.writes)
            #expect(violations.isEmpty, "\(violations)")
            #expect(writes > 0)
            let rows = try await site.server.operatorClient.query(
                "select count(*) from potter.question where question like 'probe %'"
            ).decodeOne(Int64.self)
            #expect(rows == Int64(writes), "each write that was taken is there once")

            let dropped = try await site.admin("drop-schema potter --yes")
            #expect(dropped.code == 0, "\(dropped)")
            let left = try site.homes()
            #expect(left.count == 1 && left[0].hasPrefix("thor-"), "\(left)")
        }
    }

    /// A killed attempt leaves nothing that is served, or a whole tenant; the next one goes on from there.
    @Test func makingKilledAtAnyPointIsClearedByTheNextTry() async throws {
        try await ProcessSite.with(open: ["thor"]) { site in
            let first = try await site.admin("isolate thor --json")
            #expect(first.code == 0, "\(first)")
            let command = "create-schema odin --level container --open"
            let whole = try await seconds { try await site.admin(command).code == 0 }
            for _ in 0..<4 {
                let dropped = try await site.admin("drop-schema odin --yes")
                #expect(dropped.code == 0, "\(dropped)")
                let left = try site.homes()
                #expect(left.count == 1 && left[0].hasPrefix("thor-"), "\(left)")

                let delay = Double.random(in: 0.05...(whole * 1.1))
                try await site.kill(after: delay, command)
                let state = try await site.server.operatorClient.query(
                    "select state from polls_control.tenant where name = 'odin'"
                ).decodeOptional(String.self)
                if state != "active" {
                    #expect(try await site.server.ask("odin", "GET", "/polls/").status == 404, "after \(delay) s")
                }
                let again = try await site.admin("\(command) --if-not-exists")
                #expect(again.code == 0, "after \(delay) s: \(again)")
                try await site.front.await(200, of: "odin")
                let homes = try site.homes()
                #expect(homes.count == 2, "after \(delay) s: \(homes)")
                #expect(try await site.front.ask("thor", "GET", "/polls/").status == 200)
            }
        }
    }

    @Test func severalMadeAtOnceAllAnswer() async throws {
        try await ProcessSite.with(open: []) { site in
            let made = try await site.admin("create-schema odin loki --level container --open")
            #expect(made.code == 0, "\(made)")
            for tenant in ["odin", "loki"] {
                let question = #"{"question":"of \#(tenant)"}"#
                #expect(try await site.front.ask(tenant, "POST", "/polls/", question).status == 201, "\(tenant)")
                #expect(try await site.front.ask(tenant, "GET", "/polls/").body.contains("of \(tenant)"))
            }
        }
    }

    /// Kills a move to where potter is not, and ends it.
    private func killMove(_ site: ProcessSite, at delay: Double, _ number: Int, _ end: String) async throws {
        let here = try await site.server.provisioner.record(name).level
        let there = here == .schema ? "container" : "schema"
        try await site.kill(after: delay, "move potter --to \(there) --keep 0s")
        let outcome = try await site.admin("move potter \(end)")
        if outcome.code != 0 {
            // It had not begun, was done, or has switched and can only go forward.
            let again = try await site.admin("move potter --resume")
            #expect(again.code == 0 || again.errors.contains("unfinished"), "\(outcome)\n\(again)")
        }
        let tenant = try await site.server.provisioner.record(name)
        let told = "\(number): to \(there), killed after \(delay) s, \(end): \(outcome)"
        #expect(tenant.state == .active && !tenant.isMoving, "\(told)")
        let homes = try site.homes().filter { $0.hasPrefix("potter-") }
        #expect(homes == (tenant.homeID.map { ["potter-\($0)"] } ?? []), "\(told)")
    }

    private func fill(_ site: ProcessSite) async throws {
        _ = try await site.server.provisioner.run(
            "insert into question (question) values ('Tea?'); "
                + "insert into choice (question_id, choice) values (1, 'yes'), (1, 'no')",
            in: name
        )
    }

    /// A connection each: an idle one may be closed at any time, and a vote on its way be lost with it.
    private func withVotes(_ site: ProcessSite, _ body: @Sendable (VoteLoad) async throws -> Void) async throws
        -> VoteLoad
    {
        try await VoteLoad.with(site.front, tenant: "potter", headers: ["Connection": "close"]) { load in
            try await body(load)
            return load
        }
    }

    /// Looks into potter's schema, when it is in the control database again.
    private func expectEveryVoteOnce(_ load: VoteLoad, _ site: ProcessSite) async throws {
        let (votes, counted, found) = try await site.server.operatorClient.query(
            """
            select (select count(*) from potter.vote), (select sum(votes)::int8 from potter.choice),
                (select count(*) from potter.vote where idempotency_key = any (\(load.acknowledged)))
            """
        ).decodeOne(Int64.self, Int64.self, Int64.self)
        #expect(votes == counted, "each vote counts once")
        #expect(found == load.acknowledged.count, "acknowledged votes are lost")
    }

    private func seconds(_ body: () async throws -> Bool) async throws -> Double {
        let start = ContinuousClock.now
        #expect(try await body())
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private func wait(for votes: Int, of load: VoteLoad) async throws {
        let goal = load.acknowledged.count + votes
        let came = await eventually { load.acknowledged.count >= goal }
        #expect(came, "votes go on: \(load.problems.prefix(3))")
    }
}
