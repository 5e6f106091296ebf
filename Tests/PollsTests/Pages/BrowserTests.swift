import Foundation
import TestSupport
import Testing

/// The pages as a person has them: in a real browser, one for all of it.
@Suite struct BrowserTests {
    @Test func aPersonVotesAndAsks() async throws {
        try await TestServer.with(open: ["potter", "thor"]) { server in
            let poll = #"{"question":"Which house?","choices":["Gryffindor","Ravenclaw"]}"#
            #expect(try await server.ask("potter", "POST", "/polls/", poll).status == 201)
            try await Browser.with { browser in
                try await votes(browser, server)
                try await comesBackAndSendsAgain(browser, server)
                try await asks(browser, server)
                try await isToldWhatIsWrong(browser, server)
                try await staysWithinTheTenant(browser, server)
                try await leavesNoTrace(browser, server)
            }
        }
    }

    private func address(_ tenant: String, _ path: String, _ server: TestServer) -> String {
        "http://\(tenant).polls.localhost:\(server.port)\(path)"
    }

    private func votes(_ browser: Browser, _ server: TestServer) async throws {
        try await browser.open(address("potter", "/", server))
        #expect(try await browser.isAt("/polls/"))
        #expect(try await browser.title == "All polls · potter polls")
        try await browser.follow("Which house?")
        #expect(try await browser.isAt("/polls/1/"))
        #expect(try await browser.text("h1") == "Which house?")
        #expect(try await browser.count(".ballot button") == 2)
        try await browser.click(".ballot button:nth-of-type(2)")
        #expect(try await browser.isAt("/polls/1/results/"))
        #expect(try await browser.text("caption") == "1 vote")
        #expect(try await browser.text("tbody tr:nth-child(2)").contains("100%"))
        try await browser.reload()
        #expect(try await browser.text("caption") == "1 vote")
    }

    private func comesBackAndSendsAgain(_ browser: Browser, _ server: TestServer) async throws {
        try await browser.back()
        #expect(try await browser.isAt("/polls/1/"))
        try await browser.click(".ballot button:nth-of-type(2)")
        #expect(try await browser.isAt("/polls/1/results/"))
        #expect(try await browser.text("caption") == "1 vote")
        try await browser.back()
        try await browser.click(".ballot button:nth-of-type(1)")
        #expect(try await browser.isAt("/polls/1/choices/1/vote/"))
        #expect(try await browser.text("main p:nth-of-type(1)") == "You have voted already: your first vote counts.")
        // Refused with 409, which the browser notes.
        #expect(try await browser.console.allSatisfy { $0.contains("409") })
        try await browser.follow("The poll")
        try await browser.click(".ballot button:nth-of-type(1)")
        #expect(try await browser.isAt("/polls/1/results/"))
        #expect(try await browser.text("caption") == "2 votes")
    }

    private static let script = "<script>document.title = 'gone'</script><b>&amp;"

    private func asks(_ browser: Browser, _ server: TestServer) async throws {
        try await browser.open(address("potter", "/polls/", server))
        try await browser.follow("New poll")
        try await browser.type(Self.script, into: "#question")
        try await browser.type("\(Self.script)\nno", into: "#choices")
        try await browser.click("section button")
        #expect(try await browser.isAt("/polls/2/"))
        #expect(try await browser.text("h1") == Self.script)
        #expect(try await browser.text(".ballot button:nth-of-type(1) bdi") == Self.script)
        #expect(try await browser.title == "\(Self.script) · potter polls")
        for path in ["/polls/2/", "/polls/2/results/", "/polls/"] {
            try await browser.open(address("potter", path, server))
            #expect(try await browser.count("script, main bdi *, b:not(header b)") == 0, "\(path)")
        }
        #expect(try await browser.text(".polls li:nth-child(2) a") == Self.script)
    }

    private func isToldWhatIsWrong(_ browser: Browser, _ server: TestServer) async throws {
        try await browser.open(address("potter", "/polls/", server))
        // The browser itself asks for what is missing.
        try await browser.click("section button")
        #expect(try await browser.isAt("/polls/"))
        try await browser.type("Tea \"or\" <coffee>?", into: "#question")
        try await browser.type("tea", into: "#choices")
        try await browser.click("section button")
        let isTold = try await eventually { try await browser.title == "Error: New poll · potter polls" }
        #expect(isTold)
        #expect(try await browser.text(".fault") == "A poll has 2 to 100 choices, one a line, not 1.")
        #expect(try await browser.property("value", of: "#question") == "Tea \"or\" <coffee>?")
        #expect(try await browser.property("value", of: "#choices") == "tea")
        #expect(try await browser.console.allSatisfy { $0.contains("422") })
        try await browser.type("coffee\n", into: "#choices")
        try await browser.click("main button")
        #expect(try await browser.isAt("/polls/3/"))
        #expect(try await browser.count(".ballot button") == 2)
    }

    private func staysWithinTheTenant(_ browser: Browser, _ server: TestServer) async throws {
        try await browser.open(address("thor", "/polls/", server))
        #expect(try await browser.title == "All polls · thor polls")
        #expect(try await browser.text(".soft") == "There is no poll yet.")
        #expect(try await browser.count(".polls") == 0)
        // A page of nobody's, whose form goes to this tenant.
        let target = address("potter", "/polls/1/choices/1/vote/", server)
        try await browser.open("data:text/html,<form method=post action='\(target)'><button>Go</button>")
        try await browser.click("button")
        let isRefused = try await eventually { try await browser.title == "Forbidden · potter polls" }
        #expect(isRefused)
        #expect(try await server.ask("potter", "GET", "/polls/1/results/").body.contains(#""votes":2,"#))
        #expect(try await browser.console.allSatisfy { $0.contains("403") })
    }

    /// No policy was broken, nothing failed to load, nothing was asked of anybody else, and nothing is kept.
    private func leavesNoTrace(_ browser: Browser, _ server: TestServer) async throws {
        try await browser.open(address("potter", "/polls/1/", server))
        #expect(try await browser.console == [])
        let requests = try await browser.requests
        #expect(requests.contains(address("potter", "/polls/1/", server)))
        for request in requests {
            let isOwn = ["potter", "thor"].contains { request.hasPrefix(address($0, "/", server)) }
            #expect(isOwn || request.hasPrefix("data:"), "\(request)")
        }
        #expect(try await browser.cookies == 0)
    }
}
