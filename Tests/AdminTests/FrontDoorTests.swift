import FoundationEssentials
import Provisioning
import Tenancy
import TestSupport
import Testing

/// What an operator is told of the front door, as a process of this machine.
@Suite(.timeLimit(.minutes(10))) struct FrontDoorTests {
    /// It would be answered by nobody there: refused before anything is changed, and done once the server is named.
    @Test func aTenantIsNotSentBackToASharedServerThatTheFrontDoorDoesNotKnow() async throws {
        try await ProcessSite.with(open: ["potter"]) { site in
            let name = try TenantName("potter")
            let isolated = try await site.adminWithoutShared("isolate potter")
            #expect(isolated.code == 0, "\(isolated)")

            for command in ["move potter --undo", "move potter --to database --dry-run"] {
                let refused = try await site.adminWithoutShared(command)
                #expect(refused.code == 1, "\(refused)")
                #expect(refused.errors.contains("--shared-server or POLLS_SHARED_SERVER"), "\(refused)")
            }
            #expect(try await site.server.provisioner.record(name).level == .container)
            #expect(try await site.front.ask("potter", "GET", "/polls/").status == 200)

            let back = try await site.admin("move potter --undo")
            #expect(back.code == 0, "\(back)")
            #expect(try await site.front.ask("potter", "GET", "/polls/").status == 200)
            #expect(try await site.front.ask("nobody", "GET", "/polls/").status == 404)
        }
    }

    @Test func urlsOfIsolatedTenantsLeadThroughIt() async throws {
        try await ProcessSite.with(open: ["potter"]) { site in
            let made = try await site.admin("create-schema thor --level container --open")
            let url = "http://thor.polls.localhost:\(site.front.port)/polls/"
            #expect(made.code == 0 && made.output.hasPrefix(url + "\n"), "\(made)")
            let shown = try json(try await site.admin("show thor --json").output)
            guard case .object(let tenant) = shown["tenant"] else {
                Issue.record("no tenant: \(shown)")
                return
            }
            #expect(tenant["url"] == .string(url))
            let list = try await site.admin("list --port 4711")
            #expect(list.output.contains(url), "\(list)")
            #expect(list.output.contains("http://potter.polls.localhost:4711/polls/"), "\(list)")
        }
    }

    @Test func whatHasItsPortIsSaidAndHowToHaveItElsewhere() async throws {
        try await ProcessSite.with(open: ["potter"]) { site in
            let taken = "127.0.0.1:\(site.server.port)"
            let refused = try await site.admin("create-schema thor --level container --publish \(taken)")
            #expect(refused.code == 1, "\(refused)")
            for words in ["\(taken) is taken", "another PORT", "--publish or POLLS_PUBLISH"] {
                #expect(refused.errors.contains(words), "\(refused)")
            }
        }
    }
}
