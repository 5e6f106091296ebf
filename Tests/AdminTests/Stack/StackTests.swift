import FoundationEssentials
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Twelve tenants on a real engine, ten of them in schemas and two in containers, as scripts/prove-isolation has made them.
@Suite(.serialized, .enabled(if: Stack.port != nil), .timeLimit(.minutes(10)))
struct StackTests {
    @Test func eachHostLeadsToItsOwnServerOverAndOver() async throws {
        let stack = try Stack()
        for tenant in Stack.tenants {
            let kept = KeptConnection(port: stack.client.port)
            for _ in 0..<20 {
                let answers = [
                    try await stack.client.ask(tenant, "GET", "/livez", headers: ["Connection": "close"]),
                    try await kept.ask("\(tenant).polls.localhost", "/livez"),
                ]
                for answer in answers {
                    let server = answer.headers["polls-upstream"] ?? ""
                    #expect(
                        Stack.isolated.contains(tenant) ? server.hasPrefix("\(tenant)-") : server == "shared",
                        "\(tenant) was answered by \(server)"
                    )
                }
            }
        }
    }

    @Test func reloadsUnderLoadDropNoRequestAndMixNoHosts() async throws {
        let stack = try Stack()
        let nginx = try await stack.container("nginx")
        let askers = try await SteadyAsker.with(stack, Stack.tenants, askers: 8) { askers in
            for _ in 0..<20 {
                try await stack.docker("kill", "--signal", "HUP", nginx)
                try await wait(for: 20, of: askers)
            }
        }
        for asker in askers { await #expect(asker.wrong == []) }
        await tell("20 reloads of nginx", askers)
    }

    /// Killed from outside, and once more from within, which the engine takes for a crash.
    @Test func aKilledPostgreSQLTakesDownItsTenantAloneAndComesBack() async throws {
        let stack = try Stack()
        let thor = try await stack.container("thor_db")
        let others = Stack.tenants.filter { $0 != "thor" }
        let askers = try await SteadyAsker.with(stack, others) { askers in
            try await stack.docker("kill", thor)
            let down = try await stack.client.await(503, of: "thor")
            #expect(down.headers["retry-after"] != nil)
            try await wait(for: 100, of: askers)
            try await stack.docker("start", thor)
            #expect(try await stack.client.await(200, of: "thor").body.contains("Is this thor?"))

            let pid = try #require(pid_t(try await stack.docker("inspect", "--format", "{{.State.Pid}}", thor)))
            #expect(kill(pid, SIGKILL) == 0)
            let isBack = try await eventually {
                try await stack.docker("inspect", "--format", "{{.RestartCount}} {{.State.Running}}", thor) == "1 true"
            }
            #expect(isBack, "the engine starts it again by itself")
            #expect(try await stack.client.await(200, of: "thor").body.contains("Is this thor?"))
            try await wait(for: 100, of: askers)
        }
        for asker in askers { await #expect(asker.wrong == []) }
        await tell("thor's PostgreSQL killed twice", askers)
    }

    /// Into containers and back into a schema, with voters and readers on it, and the other eleven asked throughout.
    @Test func aMoveThereAndBackLosesAndDoublesNoVote() async throws {
        let stack = try Stack()
        let others = Stack.tenants.filter { $0 != "client1" }
        let close = ["Connection": "close"]
        for choice in ["yes", "no"] {
            let made = try await stack.client.ask(
                "client1",
                "POST",
                "/polls/1/choices/",
                "{\"choice\":\"\(choice)\"}"
            )
            #expect(made.status == 201, "\(made)")
        }
        let askers = try await SteadyAsker.with(stack, others, askers: 2) { askers in
            let load = try await VoteLoad.with(stack.client, tenant: "client1", headers: close) { load in
                try await wait(for: 50, of: load)
                print("proof: \(try await stack.admin("isolate", "client1", "--json"))")
                let there = try await stack.client.ask("client1", "GET", "/livez", headers: close)
                #expect(there.headers["polls-upstream"]?.hasPrefix("client1-") == true)
                try await wait(for: 50, of: load)
                try await check(load, stack)
                print("proof: \(try await stack.admin("move", "client1", "--to", "schema", "--keep", "0s", "--json"))")
                let back = try await stack.client.ask("client1", "GET", "/livez", headers: close)
                #expect(back.headers["polls-upstream"] == "shared")
                try await wait(for: 50, of: load)
                return load
            }
            try await check(load, stack)
            #expect(load.problems == [])
            let (votes, reads, delays) = (load.acknowledged.count, load.reads, load.delays)
            let delayed = delays.values.reduce(0, +)
            print(
                "proof: there and back: \(votes) votes, each found once; \(delayed) told to come again; \(reads) reads"
            )
            for (answer, times) in delays { print("proof: \(times) times: \(answer)") }
        }
        for asker in askers { await #expect(asker.wrong == []) }
        await tell("a move there and back", askers)
    }

    /// Every vote that was acknowledged by now is there, none twice, and each counts.
    private func check(_ load: VoteLoad, _ stack: Stack) async throws {
        let acknowledged = load.acknowledged
        // One statement, one snapshot, also while voters vote.
        let rows = try await stack.admin(
            "sql",
            "client1",
            """
            select (select count(*) from vote) as votes, (select count(distinct idempotency_key) from vote) as keys,
                (select sum(votes)::int8 from choice) as counted, (select string_agg(idempotency_key, ' ') from vote) as list
            """,
            "--json"
        )
        let row = try json(rows.dropFirst().dropLast())
        guard case .string(let list) = row["list"] else { throw Admin.Failed(errors: rows) }
        let found = Set(list.split(separator: " ").map(String.init))
        let lost = acknowledged.filter { !found.contains($0) }
        #expect(lost == [], "\(lost.count) of \(acknowledged.count) acknowledged votes are lost")
        #expect(row["keys"] == row["votes"], "none is there twice")
        #expect(row["counted"] == row["votes"], "each counts once")
    }

    private func wait(for count: Int, of askers: [SteadyAsker]) async throws {
        var goals: [Int] = []
        for asker in askers { goals.append(await asker.asked + count) }
        let came = await eventually {
            for (asker, goal) in zip(askers, goals) where await asker.asked < goal { return false }
            return true
        }
        #expect(came, "everybody goes on asking")
    }

    private func wait(for votes: Int, of load: VoteLoad) async throws {
        let goal = load.acknowledged.count + votes
        let came = await eventually { load.acknowledged.count >= goal }
        #expect(came, "votes go on: \(load.problems.prefix(3))")
    }

    /// What the script shows.
    private func tell(_ what: String, _ askers: [SteadyAsker]) async {
        var (asked, wrong, reopened) = (0, 0, 0)
        for asker in askers {
            asked += await asker.asked
            wrong += await asker.wrong.count
            reopened += await asker.reopened
        }
        print(
            "proof: \(what): \(asked) requests, \(wrong) wrong, \(reopened) sent again after an idle connection's end"
        )
    }
}
