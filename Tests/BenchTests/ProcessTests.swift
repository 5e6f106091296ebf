import FoundationEssentials
import Testing

@testable import polls_bench

@Suite struct ProcessTests {
    @Test func aLineOfStatIsReadWhateverTheNameIs() {
        #expect(ProcessTable.Entry(stat: "47 (a) S 1) S 12 47 47 0") == .init(id: 47, parent: 12, state: "S"))
        #expect(ProcessTable.Entry(stat: "nonsense") == nil)
        #expect(ProcessTable.Entry(stat: "47 (cut") == nil)
    }

    @Test func descendantsAreFoundAtAnyDepthAndTheDeadAreNot() {
        let table = ProcessTable([
            .init(id: 1, parent: 0, state: "S"), .init(id: 10, parent: 1, state: "S"),
            .init(id: 11, parent: 10, state: "Z"), .init(id: 12, parent: 11, state: "S"),
            .init(id: 20, parent: 1, state: "S"),
        ])
        #expect(table.descendants(of: [10]) == [12])
        #expect(table.descendants(of: [1]) == [10, 12, 20])
        #expect(table.descendants(of: [99]).isEmpty)
    }

    @Test func thisProcessIsInTheTable() {
        let own = ProcessInfo.processInfo.processIdentifier
        #expect(ProcessTable.read().parent(of: own) != nil)
        #expect(DeploymentProcesses.memory([own]) > 1 << 20)
    }

    @Test func proportionalSetSizeIsThePssLine() {
        let text = "00400000-7fff ---p 00000000 00:00 0 [rollup]\nRss: 9000 kB\nPss: 1234 kB\nPss_Anon: 1 kB\n"
        #expect(DeploymentProcesses.proportionalSetSize(text) == 1234 << 10)
        #expect(DeploymentProcesses.proportionalSetSize("") == 0)
    }

    @Test(arguments: [
        ("postgres: polls_app potter [local] idle", "polls_app", "potter"),
        ("postgres: postgres polls 127.0.0.1(51234) SELECT", "postgres", "polls"),
    ])
    func sessionsAreKnownByTheirTitle(title: String, user: String, database: String) throws {
        let session = try #require(PostgresSession(process: 7, title: title))
        #expect(session.user == user)
        #expect(session.database == database)
    }

    @Test(arguments: [
        "postgres: checkpointer ", "postgres: autovacuum launcher ", "postgres: logical replication launcher ",
        "/usr/lib/postgresql/15/bin/postgres -D data", "polls-server", "",
    ])
    func otherProcessesAreNoSessions(title: String) { #expect(PostgresSession(process: 7, title: title) == nil) }

    @Test func memoryInfoIsRead() {
        let info = MemoryInfo("MemTotal:       16000 kB\nMemFree: 1 kB\nMemAvailable:    4000 kB\n")
        #expect(info.total == 16_000 << 10)
        #expect(info.available == 4000 << 10)
    }

    @Test func diskUsageCountsBlocksAndFollowsNoLink() throws {
        let folder = "/tmp/polls-bench-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/inner", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let empty = DiskUsage.bytes(folder)
        try Data(repeating: 1, count: 100_000).write(to: URL(filePath: folder + "/inner/file"))
        try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "/usr")
        let grown = DiskUsage.bytes(folder) - empty
        #expect((100_000...140_000).contains(grown), "a file of 100,000 bytes takes \(grown)")
        #expect(DiskUsage.bytes(folder + "/nothing") == 0)
    }
}
