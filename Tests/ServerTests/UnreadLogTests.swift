import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A log that nobody reads keeps neither a request waiting nor the server's end.
@Suite struct UnreadLogTests {
    @Test func requestsAreAnsweredAndTheServerEnds() async throws {
        try await TestInstallation.with(open: ["potter"]) { installation in
            let end = try await ServerProcess.withUnreadLog(installation) { server async throws in
                try await server.client.await(200, of: "potter")
                // Some 100 bytes each, and a pipe holds 64 KiB.
                for _ in 0..<2_000 { #expect(try await server.client.ask("potter", "GET", "/livez").status == 200) }
                server.signal(SIGTERM)
            }
            #expect(end.status == 0)
        }
    }
}
