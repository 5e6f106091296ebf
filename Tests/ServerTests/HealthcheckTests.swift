import Subprocess
import TestSupport
import Testing

#if canImport(System)
import System
#else
import SystemPackage
#endif
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What containers ask, having no curl.
@Suite struct HealthcheckTests {
    private func healthcheck(_ server: ServerProcess) async throws -> TerminationStatus {
        try await Subprocess.run(
            .path(FilePath(Program.path("polls-server"))),
            arguments: ["healthcheck"],
            environment: .custom(["PATH": "/usr/bin:/bin", "PORT": "\(server.client.port)"]),
            input: .none,
            output: .discarded,
            error: .discarded
        ).terminationStatus
    }

    @Test func aServerThatStandsStillIsNotAlive() async throws {
        try await TestInstallation.with(open: ["potter"]) { installation in
            _ = try await ServerProcess.with(installation) { server async throws in
                #expect(try await healthcheck(server) == .exited(0))
                // The kernel still takes its connections.
                server.signal(SIGSTOP)
                #expect(try await healthcheck(server) == .exited(1))
                server.signal(SIGCONT)
                #expect(try await healthcheck(server) == .exited(0))
                server.signal(SIGTERM)
            }
        }
    }
}
