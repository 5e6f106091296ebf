import Foundation
import Postgres
import Testing

@testable import EmbeddedPostgres

/// Folders that PostgreSQL's user cannot reach, names that do not fit, programs that are not there.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct FolderTests {
    @Test(.enabled(if: getuid() == 0)) func rootsOwnFolderHasItsDataElsewhere() async throws {
        try await withFolder(mode: 0o700) { folder in
            try await withCluster(in: folder) { postgres in
                #expect(postgres.home.hasPrefix(EmbeddedPostgres.shelter))
                #expect(Probe.query("create table note as select 'kept' as text", on: postgres) == "")
            }
            try await withCluster(in: folder) { postgres in
                #expect(Probe.query("select text from note", on: postgres) == "kept")
            }
        }
    }

    @Test(.enabled(if: getuid() == 0)) func aRemovedFolderDoesNotGiveItsDataToTheNext() async throws {
        try await withFolder(mode: 0o700) { folder in
            let home = try await withCluster(in: folder) { postgres in
                _ = Probe.query("create table note (text text)", on: postgres)
                return postgres.home
            }
            try FileManager.default.removeItem(atPath: folder + "/cluster")
            try await withCluster(in: folder) { postgres in
                #expect(Probe.query("select to_regclass('note') is null", on: postgres) == "t")
            }
            let shelter = try FileManager.default.contentsOfDirectory(atPath: EmbeddedPostgres.shelter)
            let kept = shelter.map { "\(EmbeddedPostgres.shelter)/\($0)" }.filter { $0.hasPrefix(home + ".removed-") }
            #expect(kept.count == 1)
            for path in kept { try FileManager.default.removeItem(atPath: path) }
        }
    }

    @Test func aLongNameHasItsSocketInTmp() async throws {
        try await withFolder(name: "polls-test-" + String(repeating: "x", count: 100)) { folder in
            let socketFolder = try await withCluster(in: folder) { postgres in
                #expect(Probe.query("select 1", on: postgres) == "1")
                return try #require(try ConnectionString(postgres.connectionString())["host"])
            }
            #expect(socketFolder.hasPrefix("/tmp/postgres-"))
            #expect(!FileManager.default.fileExists(atPath: socketFolder))
        }
    }

    @Test func aQuoteInTheName() async throws {
        try await withFolder(name: #"polls-test-o'b\r ien"#) { folder in
            let options = EmbeddedPostgres.Options(database: #"it's a "base""#)
            try await withCluster(in: folder, options: options) { postgres in
                #expect(Probe.query("select current_database()", on: postgres) == #"it's a "base""#)
            }
        }
    }

    @Test func missingProgramsAreNamedWithTheRemedy() throws {
        let error = #expect(throws: EmbeddedPostgresError.self) {
            try PostgresBinaries.find(distribution: "/nonexistent", path: "/nonexistent")
        }
        #expect(error?.code == .binariesMissing)
        #expect(error?.description == "PostgreSQL is not installed. Install it: apt-get install postgresql.")
    }

    @Test func anotherVersionsDataAsksForThatVersion() throws {
        let error = #expect(throws: EmbeddedPostgresError.self) { try PostgresBinaries.find(version: "9", path: "") }
        #expect(error?.description.contains("apt-get install postgresql-9") == true)
    }

    @Test func anOverrideIsTheOnlyPlaceToLook() async throws {
        try await withFolder { folder in
            let error = await #expect(throws: EmbeddedPostgresError.self) {
                try await EmbeddedPostgres.open(in: folder, options: .init(binaries: "/nonexistent"), logger: quiet)
            }
            #expect(error?.code == .binariesMissing)
        }
    }

    @Test func holdersAreReadFromTheKernelsTable() {
        let table = """
            1: FLOCK  ADVISORY  READ 4711 fe:01:1234 0 EOF
            2: POSIX  ADVISORY  WRITE 4712 fe:01:1234 0 EOF
            2: -> FLOCK  ADVISORY  WRITE 4713 fe:01:1234 0 EOF
            3: FLOCK  ADVISORY  WRITE 4714 fe:01:12345 0 EOF
            """
        #expect(ClusterLock.holders(inode: 1234, table: table) == [4711])
    }

    /// The table of so many does not fit into one of the pages in which the kernel hands it out.
    @Test func theHoldersOfManyLocksAreFound() async throws {
        try await withFolder { folder in
            let locks = try (0..<200).map { try ClusterLock("\(folder)/\($0).lock") }
            #expect(locks.allSatisfy { $0.take(.shared) })
            let unknown = locks.filter { $0.holders != [getpid()] }.map(\.path)
            #expect(unknown == [])
        }
    }

    @Test func reachingNeedsEveryFolderOnTheWay() throws {
        let nobody = ServiceUser(name: "nobody", uid: 65534, gid: 65534)
        #expect(nobody.canReach("/usr/lib"))
        #expect(!nobody.canReach("/nonexistent/folder"))
    }
}
