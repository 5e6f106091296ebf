import HTTPTypes
import Testing

@testable import Polls

/// Paths, and what they stand for.
@Suite struct RouteTests {
    private static let found: [(String, Route)] = [
        ("/", .root), ("/livez", .live), ("/livez/", .live), ("/readyz", .ready), ("/polls", .polls),
        ("/polls/", .polls), ("/polls/1", .poll(1)), ("/polls/1/", .poll(1)),
        ("/polls/9223372036854775807/", .poll(.max)), ("/polls/1/choices", .choices(1)),
        ("/polls/1/choices/", .choices(1)), ("/polls/1/choices/2/vote", .vote(poll: 1, choice: 2)),
        ("/polls/1/choices/2/vote/", .vote(poll: 1, choice: 2)), ("/polls/12/results/", .results(12)),
    ]

    @Test func finds() {
        for (path, route) in Self.found { #expect(Route(path: path[...]) == route, "\(path)") }
    }

    @Test(arguments: [
        "polls", "//", "/Polls/", "/polls//", "/polls//1", "//polls/", "/polls/1//", "/polls/0", "/polls/01",
        "/polls/-1", "/polls/+1", "/polls/1.0", "/polls/x", "/polls/%31", "/polls/１", "/polls/9223372036854775808",
        "/polls/1/choice", "/polls/1/choices/2", "/polls/1/choices/x/vote", "/polls/1/choices/0/vote",
        "/polls/1/choices/2/vote/3", "/polls/1/results/2", "/livez/1", "/polls/../livez", "/polls/1/choices/2/votes",
        "*", "/\0",
    ])
    func findsNothing(path: String) {
        #expect(Route(path: path[...]) == nil)
    }

    @Test func headGoesWithGet() {
        for (path, route) in Self.found {
            #expect(route.methods.contains(.get) == route.methods.contains(.head), "\(path)")
        }
    }
}
