import Foundation
import Provisioning
import Tenancy
import Testing

@testable import Deployment

/// The deployment's files.
@Suite struct FolderTests {
    private func with(_ body: (DeploymentFolder) async throws -> Void) async throws {
        let path = "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
        let folder = try DeploymentFolder(path)
        let result: Result<Void, any Error>
        do { result = .success(try await body(folder)) } catch { result = .failure(error) }
        try FileManager.default.removeItem(atPath: path)
        try result.get()
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func keysAreMadeOnceAndAreNobodyElses() async throws {
        try await with { folder in
            let home = try folder.makeHome(TenantContainer(tenant: try TenantName("potter"), home: 7, domains: []))
            try home.makeKeys(owner: nil)
            let files = try FileManager.default.contentsOfDirectory(atPath: home.keys).sorted()
            #expect(files == ["app-password", "app.pgpass", "operator.pgpass", "postgres-password"])
            for file in files { #expect(try mode("\(home.keys)/\(file)") == 0o600, "\(file)") }
            for path in [folder.path, home.path, home.keys] { #expect(try mode(path) == 0o700, "\(path)") }
            let password = try #require(try home.key("postgres-password"))
            #expect(password.count == 48)
            #expect(try home.key("operator.pgpass") == "*:*:*:postgres:\(password)")
            #expect(try home.key("app-password") != password)
            try home.makeKeys(owner: nil)
            #expect(try home.key("postgres-password") == password)
        }
    }

    @Test func aKillBetweenTheTwoFilesOfAPasswordKeepsThePassword() async throws {
        try await with { folder in
            let home = try folder.makeHome(TenantContainer(tenant: try TenantName("potter"), home: 7, domains: []))
            try home.makeKeys(owner: nil)
            let password = try home.key("app-password")
            try FileManager.default.removeItem(atPath: home.keys + "/app.pgpass")
            try home.makeKeys(owner: nil)
            #expect(try home.key("app-password") == password)
            #expect(try home.key("app.pgpass") == "*:*:*:polls_app:\(password ?? "")")
        }
    }

    /// Made without root, and looked after as root later.
    @Test(.enabled(if: geteuid() == 0, "only root gives files away"))
    func containersRunAsWhomTheirPasswordsWereGivenTo() async throws {
        try await with { folder in
            let potter = TenantContainer(tenant: try TenantName("potter"), home: 7, domains: [])
            let home = try folder.makeHome(potter)
            try home.record("subnet", "10.213.0.112/28")
            let options = ContainerOptions()
            #expect(try folder.composeFile(potter, options).text.contains("user: \"\(options.user)\""))
            try home.makeKeys(owner: (1234, 1235))
            try FileManager.default.removeItem(atPath: home.keys + "/app.pgpass")
            try home.makeKeys(owner: (10001, 10001))
            let owner = try FileManager.default.attributesOfItem(atPath: home.keys + "/app.pgpass")[.ownerAccountID]
            #expect(owner as? Int == 1234)
            let text = try folder.composeFile(potter, options).text
            #expect(text.contains("user: \"1234:1235\"") && !text.contains("user: \"\(options.user)\""))
        }
    }

    /// A command that has forgotten a setting would render the front door anew for all tenants.
    @Test func otherSettingsAreRefusedWhileThereAreHomes() async throws {
        try await with { folder in
            let first = ["POLLS_BASE_DOMAIN": "polls.example.com", "POLLS_SHARED_SERVER": ""]
            let other = ["POLLS_BASE_DOMAIN": "polls.localhost", "POLLS_SHARED_SERVER": ""]
            let potter = TenantContainer(tenant: try TenantName("potter"), home: 7, domains: [])
            _ = try DeploymentFolder(folder.path, settings: other)
            let home = try DeploymentFolder(folder.path, settings: first).makeHome(potter)
            _ = try DeploymentFolder(folder.path, settings: first)
            let error = #expect(throws: DeploymentError.self) {
                _ = try DeploymentFolder(folder.path, settings: other)
            }
            #expect(error?.message.contains("were made with POLLS_BASE_DOMAIN=polls.example.com") == true)
            #expect(error?.message.contains("it is \"polls.localhost\" now") == true)
            #expect(error?.next.contains(folder.path + "/settings") == true)
            try home.remove()
            let thor = TenantContainer(tenant: try TenantName("thor"), home: 8, domains: [])
            _ = try DeploymentFolder(folder.path, settings: other).makeHome(thor)
            #expect(throws: DeploymentError.self) { _ = try DeploymentFolder(folder.path, settings: first) }
        }
    }

    /// A shared server may come to isolated tenants, and is not forgotten again.
    @Test func aSettingWithoutAValueMayGetOneAndKeepsIt() async throws {
        try await with { folder in
            let none = ["POLLS_SHARED_SERVER": ""]
            let some = ["POLLS_SHARED_SERVER": "127.0.0.1:9000"]
            let potter = TenantContainer(tenant: try TenantName("potter"), home: 7, domains: [])
            _ = try DeploymentFolder(folder.path, settings: none).makeHome(potter)
            let given = try DeploymentFolder(folder.path, settings: some)
            // Only whoever changes something writes it down.
            _ = try DeploymentFolder(folder.path, settings: none)
            try await given.locked {}
            _ = try DeploymentFolder(folder.path, settings: some)
            #expect(throws: DeploymentError.self) { _ = try DeploymentFolder(folder.path, settings: none) }
        }
    }

    @Test func aWriteThatFailsLeavesTheOldFileAndNoOther() async throws {
        try await with { folder in
            let path = folder.path + "/file"
            try AtomicFile.write("old", to: path)
            try AtomicFile.write("new", to: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
            #expect(throws: DeploymentError.self) { try AtomicFile.write("x", to: folder.path + "/no/file") }
            // A folder under that name cannot be renamed over.
            try DeploymentFolder.make(folder.path + "/taken")
            #expect(throws: DeploymentError.self) { try AtomicFile.write("x", to: folder.path + "/taken") }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(left == ["file", "taken", "tenants"])
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root mounts"))
    func aFullDiskIsSaidAndTheOldFileStays() async throws {
        try await with { folder in
            let small = folder.path + "/small"
            try DeploymentFolder.make(small)
            guard mount("none", small, "tmpfs", 0, "size=16k") == 0 else { return }
            // A program that is being started elsewhere in this process may hold a file of it for a moment.
            defer { umount2(small, Int32(MNT_DETACH)) }
            try AtomicFile.write("old", to: small + "/file")
            let long = String(repeating: "x", count: 1 << 20)
            let error = #expect(throws: DeploymentError.self) { try AtomicFile.write(long, to: small + "/file") }
            #expect(error?.code == .diskFull)
            #expect(try String(contentsOfFile: small + "/file", encoding: .utf8) == "old")
            #expect(try FileManager.default.contentsOfDirectory(atPath: small) == ["file"])
        }
    }

    /// What happened, in order.
    private actor Tally {
        private(set) var acts: [Int] = []
        private(set) var most = 0
        private var inside = 0

        func add(_ act: Int) { acts.append(act) }

        func enter() {
            inside += 1
            most = max(most, inside)
        }

        func leave() { inside -= 1 }
    }

    @Test func oneAtATimeChangesAFolder() async throws {
        try await with { folder in
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await folder.locked {
                            await tally.enter()
                            await Task.yield()
                            await tally.leave()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await tally.most == 1)
        }
    }

    @Test func manyWishesWithinAPauseAreOneActAndTheLastCounts() async throws {
        let tally = Tally()
        let throttle = Throttle<Int>(.seconds(1)) { value in await tally.add(value) }
        try await throttle.submit(1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for value in 2...20 {
                group.addTask { try await throttle.submit(value) }
                // In order: each joins the act that waits.
                while await throttle.submitted < value { await Task.yield() }
            }
            try await group.waitForAll()
        }
        // However slow the machine: the first alone, far fewer acts than wishes, and the last wish last.
        let acts = await tally.acts
        #expect(acts.first == 1 && acts.last == 20 && acts.count < 20, "\(acts)")
    }

    @Test func anActThatFailsIsToldToWhoWishedItAndNotToTheNext() async throws {
        struct Refused: Error {}
        let throttle = Throttle<Bool>(.milliseconds(1)) { if !$0 { throw Refused() } }
        await #expect(throws: Refused.self) { try await throttle.submit(false) }
        try await throttle.submit(true)
    }
}
