import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// archive, restore and clone as an operator runs them.
@Suite struct ArchiveCommandTests {
    /// A registry with the tenant potter, and a folder.
    private func withPotter(
        votes: Int = 10,
        _ body: @escaping @Sendable (Admin, _ folder: String) async throws -> Void
    ) async throws {
        try await Admin.with { admin in
            let folder = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            #expect(try await admin.run("create-schema", "potter").code == 0)
            _ = try await admin.client.query("insert into potter.question (question) values ('Tea?')")
            _ = try await admin.client.query(
                "insert into potter.choice (question_id, choice, votes) values (1, 'yes', \(Int64(votes)))"
            )
            _ = try await admin.client.query(
                "insert into potter.vote select 'key-' || n, 1 from generate_series(1, \(Int64(votes))) n"
            )
            try await body(admin, folder)
        }
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func aTenantGoesOutAndComesBack() async throws {
        try await withPotter { admin, folder in
            let archived = try await admin.run("archive", "potter", "--to", folder, "--json")
            #expect(archived.code == 0, "\(archived)")
            let file = try #require(try files(folder).first)
            #expect(try json(archived.output)["file"] == .string("\(folder)/\(file)"))
            #expect(try json(archived.output)["rows"] == .number(13))
            let path = "\(folder)/\(file)"

            let exists = try await admin.run("restore", path, "--dry-run")
            #expect(exists.code == 1 && exists.errors.contains("the tenant potter exists"), "\(exists)")
            #expect(exists.output.contains("10 rows"), "it says what is in it all the same: \(exists)")
            let other = try await admin.run("restore", path, "--as", "hermione", "--port", "9090")
            #expect(other.code == 0, "\(other)")
            #expect(other.output.hasPrefix("http://hermione.polls.localhost:9090/polls/\nAPI token"), "\(other)")

            #expect(try await admin.run("drop-schema", "potter", "--yes").code == 0)
            let dry = try await admin.run("restore", path, "--dry-run")
            #expect(dry.code == 0 && dry.output.hasSuffix("It can be restored here.\n"), "\(dry)")
            let restored = try await admin.run("restore", path)
            #expect(
                restored.code == 0 && restored.output == "http://potter.polls.localhost:8080/polls/\n",
                "\(restored)"
            )

            let cloned = try await admin.run("clone", "potter", "ron", "--json")
            #expect(cloned.code == 0, "\(cloned)")
            guard case .string? = try json(cloned.output)["token"] else { throw Admin.Failed(errors: cloned.output) }
            for name in ["hermione", "potter", "ron"] {
                let votes = try await admin.run("sql", name, "select count(*), min(votes) from vote, choice")
                #expect(votes.output.contains("10"), "\(votes)")
            }
            let dropped = try await admin.run("drop-schema", "ron", "--yes", "--archive", folder, "--json")
            #expect(dropped.code == 0, "\(dropped)")
            #expect(try files(folder).count == 2)
            let refused = try await admin.run("drop-schema", "potter", "--yes", "--archive", "\(folder)/no")
            #expect(refused.code == 1 && refused.errors.contains("no/potter-"), "\(refused)")
            #expect(try await admin.run("show", "potter").output.contains("active"))
        }
    }

    @Test func standardOutputHoldsTheArchiveAlone() async throws {
        try await withPotter { admin, folder in
            let piped = try await admin.shell("$ADMIN archive potter --to - | cat >\(folder)/piped")
            #expect(piped.code == 0 && piped.output.isEmpty && piped.errors.isEmpty, "\(piped)")
            let restored = try await admin.run("restore", "\(folder)/piped", "--as", "ron", "--no-token")
            #expect(restored.code == 0 && restored.output == "http://ron.polls.localhost:8080/polls/\n", "\(restored)")
            let full = try await admin.shell("$ADMIN archive potter --to - >/dev/full")
            #expect(full.code == 1 && full.errors.contains("No space left"), "\(full)")
        }
    }

    @Test func someOfAllIsThree() async throws {
        try await withPotter { admin, folder in
            #expect(try await admin.run("create-schema", "ron", "thor").code == 0)
            _ = try await admin.client.query("drop schema ron cascade")
            let all = try await admin.run("archive", "--all", "--to", folder)
            #expect(all.code == 3, "\(all)")
            #expect(all.errors.contains("the schema of ron is gone"), "\(all)")
            #expect(try files(folder).map { String($0.prefix(6)) } == ["potter", "thor-2"])
            let none = try await admin.run("archive", "ron", "nobody", "--to", folder)
            #expect(none.code == 1 && none.errors.contains("there is no tenant nobody"), "\(none)")
            let folderless = try await admin.run("archive", "potter", "--to", "\(folder)/no")
            #expect(folderless.code == 1 && folderless.errors.contains("No such file"), "\(folderless)")
        }
    }

    @Test(arguments: [
        ["archive"], ["archive", "potter", "--all"], ["archive", "--all", "--to", "-"], ["archive", "Potter"],
        ["archive", "potter", "--to", "-", "--json"], ["restore", "file", "--as", "Ron"],
        ["restore", "file", "--no-token"],
        ["clone", "potter"], ["clone", "potter", "potter"], ["drop-schema", "potter", "--yes", "--archive", "-"],
    ])
    func wrongUseIsTwo(arguments: [String]) async throws {
        let outcome = try await Admin.run(Admin.program, arguments, ["PATH": "/usr/bin:/bin"])
        #expect(outcome.code == 2, "\(outcome)")
    }

    @Test func aDamagedFileNeedsNoDatabase() async throws {
        let outcome = try await Admin.bare("restore", "/etc/hostname")
        #expect(outcome.code == 1 && outcome.errors.contains("/etc/hostname is no archive"), "\(outcome)")
    }

    @Test(.enabled(if: geteuid() == 0, "only root mounts")) func onAFullDiskNothingIsLeft() async throws {
        try await withPotter(votes: 20_000) { admin, folder in
            guard mount("none", folder, "tmpfs", 0, "size=256k") == 0 else { return }
            defer { umount2(folder, Int32(MNT_DETACH)) }
            let outcome = try await admin.run("archive", "potter", "--to", folder)
            #expect(outcome.code == 1 && outcome.errors.contains("No space left on device"), "\(outcome)")
            #expect(outcome.errors.contains("Make room on that disk"), "\(outcome)")
            #expect(try files(folder).isEmpty)
            let drop = try await admin.run("drop-schema", "potter", "--yes", "--archive", folder)
            #expect(drop.code == 1, "\(drop)")
            #expect(try await admin.client.query("select from potter.vote").count == 20_000, "it is not dropped")
        }
    }

    @Test func aLostConnectionLeavesNothing() async throws {
        try await withPotter { admin, folder in
            // A lock that nobody else may wait behind: the archive stands still while it waits for it.
            let archive = try await admin.client.withTransaction { connection in
                _ = try await connection.query("lock table potter.vote in access exclusive mode")
                let archive = Task { try await admin.run("archive", "potter", "--to", folder) }
                let killed = try await eventually {
                    try await admin.client.query(
                        """
                        select pg_terminate_backend(pid) from pg_stat_activity
                        where datname = current_database() and application_name = 'polls-admin'
                            and wait_event_type = 'Lock'
                        """
                    ).count > 0
                }
                #expect(killed)
                return archive
            }
            let outcome = try await archive.value
            #expect(outcome.code == 1 && outcome.errors.contains("connection was lost"), "\(outcome)")
            #expect(try files(folder).isEmpty)
        }
    }

    @Test func killedAtAnyPointAnArchiveIsWholeOrNotThere() async throws {
        try await withPotter(votes: 20_000) { admin, folder in
            let start = ContinuousClock.now
            #expect(try await admin.run("archive", "potter", "--to", folder).code == 0)
            let whole = (ContinuousClock.now - start) / .seconds(1)
            for _ in 0..<12 {
                for file in try files(folder) { try FileManager.default.removeItem(atPath: "\(folder)/\(file)") }
                let delay = Double.random(in: 0.001...(whole * 1.1))
                _ = try await admin.shell("timeout --signal=KILL \(delay) $ADMIN archive potter --to \(folder)")
                try await admin.settle()
                let left = try files(folder)
                #expect(left.count <= 1, "after \(delay) s: \(left)")
                for file in left {
                    let check = try await admin.run("restore", "\(folder)/\(file)", "--dry-run", "--as", "other")
                    #expect(check.code == 0, "after \(delay) s: \(check)")
                }
            }
        }
    }

    @Test func killedAtAnyPointARestoreIsWholeOrNotThere() async throws {
        try await withPotter(votes: 20_000) { admin, folder in
            #expect(try await admin.run("archive", "potter", "--to", folder).code == 0)
            let path = "\(folder)/\(try #require(try files(folder).first))"
            let start = ContinuousClock.now
            #expect(try await admin.run("restore", path, "--as", "undisturbed").code == 0)
            let whole = (ContinuousClock.now - start) / .seconds(1)
            for number in 0..<16 {
                let name = "killed\(number)"
                let delay = Double.random(in: 0.001...(whole * 1.1))
                let command = number % 2 == 0 ? "restore \(path) --as \(name)" : "clone potter \(name)"
                _ = try await admin.shell("timeout --signal=KILL \(delay) $ADMIN \(command)")
                try await admin.settle()
                let (rows, schemas, roles, tables, tokens) = try await admin.parts(of: name)
                let isWhole = rows == 1 && schemas == 1 && roles == 1 && tables >= 4 && tokens == 1
                let isNothing = rows == 0 && schemas == 0 && roles == 0 && tables == 0 && tokens == 0
                #expect(isWhole || isNothing, "\(command) after \(delay) s: \((rows, schemas, roles, tables, tokens))")
                if isNothing {
                    let again = try await admin.run("restore", path, "--as", name)
                    #expect(again.code == 0, "\(again)")
                }
                let votes = try await admin.client.query("select count(*) from \(unsafeRaw: name).vote")
                #expect(try votes.decodeOne(Int64.self) == 20_000)
            }
        }
    }
}
