import FoundationEssentials
import TestSupport
import Testing

/// Isolated tenants that are stopped and brought up again, as processes behind a real nginx.
@Suite(.timeLimit(.minutes(10))) struct UpTests {
    @Test func whatWasStoppedIsBroughtUp() async throws {
        try await ProcessSite.with(open: ["potter"]) { site in
            let made = try await site.admin("create-schema odin loki --level container --open")
            #expect(made.code == 0, "\(made)")
            for tenant in ["odin", "loki"] {
                let asked = try await site.front.ask(tenant, "POST", "/polls/", #"{"question":"of \#(tenant)"}"#)
                #expect(asked.status == 201, "\(asked)")
            }

            let one = try await site.admin("down loki")
            #expect(one.code == 0 && one.output == "loki is down.\n", "\(one)")
            #expect(try await site.front.ask("loki", "GET", "/polls/").status == 503)
            #expect(try await site.front.ask("odin", "GET", "/polls/").status == 200)
            let down = try await site.admin("down")
            #expect(down.code == 0, "\(down)")
            #expect(RawConnection.open(port: site.front.port) == nil, "the front door is still there")

            // From where their files are not, nothing is made: their data would not be in it.
            let wrong = "/tmp/polls-test-wrong-\(site.front.port)"
            let elsewhere = try await site.admin("up --deploy \(wrong)")
            #expect(elsewhere.code == 1 && elsewhere.errors.contains("the files of odin are not in"), "\(elsewhere)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: wrong + "/tenants") == [])
            #expect(RawConnection.open(port: site.front.port) == nil, "a front door was started there")
            try FileManager.default.removeItem(atPath: wrong)

            // Twice: what runs goes on running.
            for _ in 0..<2 {
                let up = try await site.admin("up --json")
                #expect(up.code == 0, "\(up)")
                for tenant in ["odin", "loki"] {
                    #expect(up.output.contains(tenant), "\(up)")
                    let asked = try await site.front.ask(tenant, "GET", "/polls/")
                    #expect(asked.status == 200 && asked.body.contains("of \(tenant)"), "\(asked)")
                }
            }
            #expect(try await site.front.ask("potter", "GET", "/polls/").status == 200)

            let shared = try await site.admin("up odin potter")
            #expect(shared.code == 1 && shared.errors.contains("potter is at the level schema"), "\(shared)")
            let nobody = try await site.admin("up nobody")
            #expect(nobody.code == 1 && nobody.errors.contains("there is no tenant nobody"), "\(nobody)")
        }
    }
}
