import EmbeddedPostgres
import Foundation
import Testing

/// What a kill, at whatever point, leaves behind: nothing that stands in the way.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct CrashTests {
    @Test func theServerGoesWithItsKilledOwner() async throws {
        try await withFolder { folder in
            setenv("POLLS_TEST_FOLDER", folder, 1)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                let folder = try #require(ProcessInfo.processInfo.environment["POLLS_TEST_FOLDER"])
                let postgres = try await EmbeddedPostgres.open(in: folder, options: .small, logger: quiet)
                _ = Probe.query("create table note as select 'kept' as text", on: postgres)
                kill(getpid(), SIGKILL)
            }
            #expect(FileManager.default.fileExists(atPath: folder + "/data/PG_VERSION"))
            #expect(await Probe.eventually { Probe.processes(of: folder).isEmpty })
            #expect(Probe.sockets(in: folder) == [])
            try await withCluster(in: folder) { postgres in
                #expect(postgres.isOwner)
                #expect(Probe.query("select text from note", on: postgres) == "kept")
            }
        }
    }

    @Test func aKilledServerRecoversAndItsSupervisorEnds() async throws {
        try await withFolder { folder in
            try await withCluster(in: folder) { postgres in
                _ = Probe.query("create table note as select 'kept' as text", on: postgres)
                kill(Probe.postmasterPid(of: folder), SIGKILL)
                #expect(await Probe.eventually { Probe.processes(of: folder).isEmpty }, "the supervisor must end too")
                try await withCluster(in: folder) { again in
                    #expect(again.isOwner)
                    #expect(Probe.query("select text from note", on: again) == "kept")
                }
            }
        }
    }

    @Test func theServerGoesWithItsKilledSupervisor() async throws {
        try await withFolder { folder in
            let postgres = try await EmbeddedPostgres.open(in: folder, options: .small, logger: quiet)
            let postmaster = Probe.postmasterPid(of: folder)
            let status = try String(contentsOfFile: "/proc/\(postmaster)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("PPid:") })
            kill(try #require(pid_t(line.split(separator: "\t")[1])), SIGKILL)
            try await withCluster(in: folder) { again in
                #expect(Probe.query("select 1", on: again) == "1")
                #expect(Probe.postmasterPid(of: folder) != postmaster)
            }
            await postgres.close()
            #expect(await Probe.eventually { Probe.processes(of: folder).isEmpty })
        }
    }

    /// PostgreSQL alone refuses to start when the pid in the file is that of any living process of its user.
    @Test(arguments: [1, 999_999]) func aStalePidFile(pid: Int) async throws {
        try await withFolder { folder in
            try await withCluster(in: folder) { _ in }
            let text = "\(pid)\n\(folder)/data\n1700000000\n5432\n\(folder)/socket\n\n"
            try text.write(toFile: folder + "/data/postmaster.pid", atomically: true, encoding: .utf8)
            try await withCluster(in: folder) { #expect(Probe.query("select 1", on: $0) == "1") }
        }
    }

    @Test func aHalfDoneInit() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/data.new-1234/base",
                withIntermediateDirectories: true
            )
            try await withCluster(in: folder) { #expect(Probe.query("select 1", on: $0) == "1") }
            #expect(!FileManager.default.fileExists(atPath: folder + "/data.new-1234"))
        }
    }

    /// The initdb of a killed process goes on for a while.
    @Test func aHalfDoneInitThatStillWrites() async throws {
        try await withFolder { folder in
            let unfinished = folder + "/data.new-1234"
            try FileManager.default.createDirectory(atPath: unfinished, withIntermediateDirectories: true)
            let writer = Process()
            writer.executableURL = URL(filePath: "/bin/sh")
            writer.arguments = [
                "-c", "i=0; while [ $i -lt 20000 ]; do : >\"$1/$i\"; i=$((i + 1)); done", "sh", unfinished,
            ]
            writer.standardError = FileHandle.nullDevice
            try writer.run()
            #expect(await Probe.eventually { FileManager.default.fileExists(atPath: unfinished + "/0") })
            try await withCluster(in: folder) { #expect(Probe.query("select 1", on: $0) == "1") }
            writer.waitUntilExit()
        }
    }

    @Test func aFailedStartShowsTheLog() async throws {
        try await withFolder { folder in
            let error = await #expect(throws: EmbeddedPostgresError.self) {
                let options = EmbeddedPostgres.Options(settings: ["shared_buffers": "nonsense"])
                return try await EmbeddedPostgres.open(in: folder, options: options, logger: quiet)
            }
            #expect(error?.code == .startFailed)
            #expect(error?.log.contains("shared_buffers") == true, "got: \(error?.log ?? "")")
            try await withCluster(in: folder) { #expect(Probe.query("select 1", on: $0) == "1") }
        }
    }
}
