import Tenancy
import Testing

@Suite struct HostGuardTests {
    private let hostGuard = HostGuard(baseDomain: "polls.localhost")

    @Test(arguments: [
        ("potter.polls.localhost", HostGuard.Host.label("potter")),
        ("POTTER.Polls.LocalHost:8080", .label("potter")), ("potter.polls.localhost.", .label("potter")),
        ("potter.polls.localhost.:80", .label("potter")), ("polls.localhost", .base), ("polls.localhost:1", .base),
        ("a.b.polls.localhost", .label("a.b")), ("polls.example.org", .other("polls.example.org")),
        ("127.0.0.1:8080", .other("127.0.0.1")), ("[::1]:8080", .other("[::1]")),
        ("evilpolls.localhost", .other("evilpolls.localhost")), ("localhost", .other("localhost")),
    ])
    func wellFormedHosts(_ authority: String, _ host: HostGuard.Host) {
        #expect(hostGuard.host(authority) == host)
    }

    @Test(arguments: [
        "", ".", "..", ":80", "potter.polls.localhost..", ".polls.localhost", "-a.polls.localhost",
        "a-.polls.localhost", "potter@polls.localhost", "potter.polls.localhost:80:80", "potter.polls.localhost:x",
        "potter.polls.localhost:123456", "potter.polls.localhost/", "potter polls.localhost", "pötter.polls.localhost",
        "potter\u{0}.polls.localhost", "potter.polls.localhost\r\n", "potter_x.polls.localhost", "[::1", "[]", "[zz]",
        "a,b.polls.localhost", "potter%2epolls.localhost", "＊.polls.localhost", String(repeating: "a", count: 300),
        String(repeating: "a", count: 64) + ".polls.localhost",
    ])
    func malformedHosts(_ authority: String) {
        #expect(hostGuard.host(authority) == nil)
    }

    @Test func theTargetAndOneHostMustAgree() throws {
        let host = "potter.polls.localhost"
        let origin = try #require(HostGuard.route(target: "/polls/?a=b", hosts: [host]))
        #expect(origin.authority == host && origin.path == "/polls/?a=b")
        let absolute = try #require(HostGuard.route(target: "http://Potter.polls.localhost/polls/", hosts: [host]))
        #expect(absolute.path == "/polls/")
        #expect(HostGuard.route(target: "http://potter.polls.localhost?x", hosts: [host])?.path == "/?x")
    }

    @Test(arguments: [
        ("/", []), ("/", ["a.polls.localhost", "b.polls.localhost"]),
        ("/", ["a.polls.localhost", "a.polls.localhost"]),
        ("http://b.polls.localhost/", ["a.polls.localhost"]), ("http://x@a.polls.localhost/", ["a.polls.localhost"]),
        ("ftp://a.polls.localhost/", ["a.polls.localhost"]), ("*", ["a.polls.localhost"]),
        ("a.polls.localhost:80", ["a.polls.localhost"]), ("", ["a.polls.localhost"]),
        ("http:///", ["a.polls.localhost"]), ("polls/", ["a.polls.localhost"]),
    ])
    func disagreeingRequestsAreRefused(_ target: String, _ hosts: [String]) {
        #expect(HostGuard.route(target: target, hosts: hosts) == nil)
    }
}
