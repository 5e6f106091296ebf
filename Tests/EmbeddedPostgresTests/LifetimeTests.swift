import EmbeddedPostgres
import Foundation
import Testing

/// Who starts the server, who shares it, and who turns off the light. Each test has a cluster of its own.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LifetimeTests {
    @Test func aNewFolderGivesAServerWithTheDatabase() async throws {
        try await withFolder { folder in
            try await withCluster(in: folder) { postgres in
                #expect(postgres.isOwner)
                #expect(Probe.query("select current_database()", on: postgres) == "postgres")
                #expect(Probe.query("show server_encoding", on: postgres) == "UTF8")
                #expect(Probe.query("show listen_addresses", on: postgres) == "")
                #expect(Probe.query("show fsync", on: postgres) == "on")
                #expect(Probe.query("show max_connections", on: postgres) == "100")
                #expect(Probe.query("show max_locks_per_transaction", on: postgres) == "256")
            }
        }
    }

    @Test func theLastOneOutStopsTheServer() async throws {
        try await withFolder { folder in
            let first = try await EmbeddedPostgres.open(in: folder, options: .small, logger: quiet)
            let second = try await EmbeddedPostgres.open(in: folder, options: .small, logger: quiet)
            #expect(!second.isOwner)
            await first.close()
            #expect(Probe.query("select 1", on: second) == "1", "the first's leaving stopped the second's server")
            await second.close()
            #expect(Probe.processes(of: first.home) == [])
            #expect(Probe.sockets(in: first.home) == [])
        }
    }

    @Test func oneThatStaysUpOutlivesItsUsersAndItsCrashesUntilItIsStopped() async throws {
        try await withFolder { folder in
            var options = EmbeddedPostgres.Options.small
            options.staysUp = true
            let first = try await EmbeddedPostgres.open(in: folder, options: options, logger: quiet)
            let conninfo = first.connectionString()
            await first.close()
            #expect(Probe.query("select 1", conninfo: conninfo) == "1", "its last user's leaving stopped it")

            kill(Probe.postmasterPid(of: first.home), SIGKILL)
            #expect(await Probe.eventually { Probe.query("select 1", conninfo: conninfo) == "1" })

            let second = try await EmbeddedPostgres.open(in: folder, logger: quiet)
            #expect(!second.isOwner)
            await second.close()
            try await EmbeddedPostgres.stop(in: folder, logger: quiet)
            #expect(Probe.processes(of: first.home) == [])
            try await EmbeddedPostgres.stop(in: folder, logger: quiet)

            // Opened as usual, it stops as usual.
            let third = try await EmbeddedPostgres.open(in: folder, options: .small, logger: quiet)
            await third.close()
            #expect(Probe.processes(of: first.home) == [])
            try await EmbeddedPostgres.remove(folder, logger: quiet)
            #expect(!FileManager.default.fileExists(atPath: first.home))
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test func theDataIsThereOnReopening() async throws {
        try await withFolder { folder in
            try await withCluster(in: folder) { postgres in
                _ = Probe.query("create table note as select 'kept' as text", on: postgres)
            }
            try await withCluster(in: folder) { postgres in
                #expect(postgres.isOwner)
                #expect(Probe.query("select text from note", on: postgres) == "kept")
            }
        }
    }

    @Test func aForgottenObjectLetsGo() async throws {
        try await withFolder { folder in
            var postgres: EmbeddedPostgres? = try await .open(in: folder, options: .small, logger: quiet)
            let home = try #require(postgres?.home)
            postgres = nil
            #expect(await Probe.eventually { Probe.processes(of: home).isEmpty })
        }
    }

    @Test func manyOpenAtOnceAndOneStarts() async throws {
        try await withFolder { folder in
            let opened = try await withThrowingTaskGroup(of: EmbeddedPostgres.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await .open(in: folder, options: .small, logger: quiet) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(opened.count(where: \.isOwner) == 1)
            for postgres in opened { await postgres.close() }
            #expect(Probe.processes(of: opened[0].home) == [])
        }
    }

    @Test func openingWhileTheLastOneLeaves() async throws {
        try await withFolder { folder in
            for round in 0..<5 {
                let leaving = try await EmbeddedPostgres.open(in: folder, options: .small, logger: quiet)
                async let left: Void = leaving.close()
                try await withCluster(in: folder) { postgres in
                    #expect(Probe.query("select 1", on: postgres) == "1", "round \(round)")
                }
                await left
            }
        }
    }

    /// The supervisor's last act is to remove the socket's folder, where it may: in a home of its user's own.
    @Test func openingWhileTheServerOfAForgottenOneGoesDown() async throws {
        try await withFolder(mode: 0o700) { folder in
            var forgotten: EmbeddedPostgres? = try await .open(in: folder, options: .small, logger: quiet)
            let home = try #require(forgotten?.home)
            let postmaster = Probe.postmasterPid(of: home)
            // So that it has not gone before the next one waits for that.
            kill(postmaster, SIGSTOP)
            forgotten = nil
            #expect(await Probe.eventually { Probe.isLocked(home + "/in-use", "WRITE") })
            let opening = Task { try await EmbeddedPostgres.open(in: folder, options: .small, logger: quiet) }
            #expect(await Probe.eventually { Probe.isLocked(home + "/users.lock", "READ") })
            kill(postmaster, SIGCONT)
            let postgres = try await opening.value
            #expect(postgres.isOwner)
            #expect(Probe.query("select 1", on: postgres) == "1")
            await postgres.close()
        }
    }

    @Test func oneThatRunsAlreadyIsToldToStayUp() async throws {
        try await withFolder { folder in
            var options = EmbeddedPostgres.Options.small
            let first = try await EmbeddedPostgres.open(in: folder, options: options, logger: quiet)
            let postmaster = Probe.postmasterPid(of: first.home)
            options.staysUp = true
            let second = try await EmbeddedPostgres.open(in: folder, options: options, logger: quiet)
            #expect(!second.isOwner)
            await second.close()
            await first.close()
            for _ in 0..<3 {
                try await withCluster(in: folder) { postgres in
                    #expect(!postgres.isOwner && Probe.postmasterPid(of: postgres.home) == postmaster)
                    #expect(Probe.query("select 1", on: postgres) == "1")
                }
            }
            let conninfo = first.connectionString()
            kill(postmaster, SIGKILL)
            #expect(await Probe.eventually { Probe.query("select 1", conninfo: conninfo) == "1" })
            try await EmbeddedPostgres.stop(in: folder, logger: quiet)
            #expect(Probe.processes(of: first.home) == [])
        }
    }

    @Test func exclusiveRefusesWhileAnotherHasIt() async throws {
        try await withFolder { folder in
            try await withCluster(in: folder) { _ in
                let error = await #expect(throws: EmbeddedPostgresError.self) {
                    try await EmbeddedPostgres.open(in: folder, options: .init(exclusive: true), logger: quiet)
                }
                #expect(error?.code == .inUse)
                #expect(error?.description.contains("is in use by process") == true)
            }
        }
    }

    @Test func anExclusiveUserIsNotJoined() async throws {
        try await withFolder { folder in
            try await withCluster(in: folder, options: .init(exclusive: true)) { _ in
                let error = await #expect(throws: EmbeddedPostgresError.self) {
                    try await EmbeddedPostgres.open(in: folder, logger: quiet)
                }
                #expect(error?.code == .inUse)
            }
            try await withCluster(in: folder) { #expect($0.isOwner) }
        }
    }
}
