import FoundationEssentials
import Postgres
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

/// A disk without room for one more page: a small one of the test's own, which only root may mount.
@Suite struct DiskFullTests {
    private struct CannotMount: Error, CustomStringConvertible {
        let description: String
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            .path(FilePath(program)),
            arguments: Arguments(arguments),
            output: .string(limit: 4096),
            error: .combinedWithOutput
        )
        guard result.terminationStatus.isSuccess else { throw CannotMount(description: result.standardOutput) }
    }

    private func withSmallDisk(_ body: @Sendable (String) async throws -> Void) async throws {
        let folder = "/tmp/polls-test-disk-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try await run("/bin/mount", ["-t", "tmpfs", "-o", "size=160m,mode=755", "polls-test", folder])
        let result: Result<Void, any Error>
        do { result = .success(try await body(folder)) } catch { result = .failure(error) }
        try await run("/bin/umount", [folder])
        try FileManager.default.removeItem(atPath: folder)
        try result.get()
    }

    /// Takes all the room that is left.
    private func fill(_ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
        #expect(errno == ENOSPC)
    }

    @Test(.enabled(if: getuid() == 0, "only root may mount the small disk that this test fills: run it as root"))
    func writesAreAwayAndReadsAreServed() async throws {
        try await withSmallDisk { disk in
            try await TestCluster.with(in: disk) { cluster in
                try await TestServer.with(open: ["potter"], on: cluster.connectionString) { server in
                    let poll = "{\"question\":\"\(String(repeating: "q", count: 256))\"}"
                    #expect(try await server.ask("potter", "POST", "/polls/", poll).status == 201)
                    // A new segment of the log, so that the log has room where tables have none.
                    try await server.operatorClient.withConnection { connection in
                        _ = try await connection.query("checkpoint")
                        _ = try await connection.query("select pg_switch_wal()")
                        // A commit that is waited for: the segment is there before the disk is full.
                        _ = try await connection.query("create table public.room ()")
                    }
                    try fill(disk + "/filler")
                    var refused: TestClient.Answer?
                    for _ in 0..<1000 where refused == nil {
                        let answer = try await server.ask("potter", "POST", "/polls/", poll)
                        if answer.status != 201 { refused = answer }
                    }
                    let answer = try #require(refused, "a full disk takes everything")
                    #expect(answer.status == 503, "\(answer.body)")
                    #expect(answer.headers["retry-after"] != nil)
                    #expect(!answer.body.contains("extend") && !answer.body.contains("question\""), "\(answer.body)")
                    for path in ["/polls/", "/polls/1/", "/polls/1/results/"] {
                        #expect(try await server.ask("potter", "GET", path).status == 200, "\(path)")
                    }
                    try FileManager.default.removeItem(atPath: disk + "/filler")
                    let isBack = try await eventually {
                        try await server.ask("potter", "POST", "/polls/", poll).status == 201
                    }
                    #expect(isBack, "writes do not come back")
                }
            }
        }
    }
}
