import AsyncHTTPClient
import Deployment
import Foundation
import Postgres
import Provisioning
import Synchronization
import Tenancy
import TestSupport
import Testing

/// The container level as processes: the real server, PostgreSQL and nginx.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ProcessRuntimeTests {
    private let base = "polls.localhost"

    @Test func eachTenantsHostsLeadToItsOwnServer() async throws {
        try await Processes.with { processes in
            try await processes.runtime.check(beside: [])
            let potter = try await processes.make("potter", home: 7, domains: ["polls.hogwarts.test"])
            let thor = try await processes.make("thor", home: 8)
            try await processes.runtime.route([potter, thor])
            for (host, nonce) in [
                ("potter.\(base)", "potter-7"), ("thor.\(base)", "thor-8"), ("polls.hogwarts.test", "potter-7"),
                ("POTTER.\(base)", "potter-7"), ("potter.\(base):80", "potter-7"),
            ] {
                let answer = try await processes.ask(host, "/livez")
                #expect(
                    answer.status == 200 && answer.server == nonce,
                    "\(host) was answered by \(answer.server ?? "")"
                )
            }
            for name in ["potter", "thor"] {
                let made = try await processes.ask(
                    "\(name).\(base)",
                    "/polls/",
                    post: "{\"question\":\"Is this \(name)?\"}"
                )
                #expect(made.status == 201)
            }
            for name in ["potter", "thor"] {
                let list = try await processes.ask("\(name).\(base)", "/polls/")
                #expect(list.body.ranges(of: "Is this ").count == 1 && list.body.contains("Is this \(name)?"))
            }
            // nginx closes the connection, and says nothing.
            for host in ["example.com", "nobody.\(base)", "potter.\(base).test", "xpotter.\(base)"] {
                await #expect(throws: HTTPClientError.self, "\(host)") { try await processes.ask(host, "/polls/") }
            }
        }
    }

    @Test func anOwnDomainLeadsToWhereItsTenantIs() async throws {
        try await TestServer.with(open: []) { server in
            let domain = "polls.hogwarts.test"
            let new = NewTenant(
                name: try TenantName("potter"),
                domains: [try TenantDomain(domain)],
                withToken: false
            )
            _ = try await server.provisioner.create(new)
            try await Processes.with(shared: "127.0.0.1:\(server.port)") { processes in
                try await processes.runtime.route([])
                #expect(try await processes.ask(domain, "/polls/").status == 200)
                #expect(try await processes.ask("Polls.Hogwarts.test.:80", "/polls/").status == 200)
                for host in ["example.com", "nobody.\(base)", "x.\(domain)"] {
                    #expect(try await processes.ask(host, "/polls/").status == 404, "\(host)")
                }
                // nginx closes the connection, and says nothing.
                for host in ["127.0.0.1", "[::1]", "localhost"] {
                    await #expect(throws: HTTPClientError.self, "\(host)") { try await processes.ask(host, "/polls/") }
                }
                let potter = TenantContainer(tenant: new.name, home: 7, domains: [domain])
                try await processes.runtime.route([potter])
                #expect(try await processes.ask(domain, "/polls/").status == 503, "its own server is down")
                try await processes.runtime.route([])
                #expect(try await processes.ask(domain, "/polls/").status == 200)
            }
        }
    }

    @Test func aRouteTakenAwayIsGoneAndAServerBehindItDoesNotServeOthers() async throws {
        try await Processes.with { processes in
            let potter = try await processes.make("potter", home: 7)
            try await processes.runtime.route([potter])
            #expect(try await processes.ask("potter.\(base)", "/polls/").status == 200)
            try await processes.runtime.route([])
            await #expect(throws: HTTPClientError.self) { try await processes.ask("potter.\(base)", "/polls/") }
            // Routed wrongly on purpose: thor's host to potter's server.
            let text = try String(contentsOfFile: processes.folder.path + "/nginx.conf", encoding: .utf8)
            #expect(!text.contains("potter"))
        }
    }

    /// As two commands, each with a runtime of its own for the same folder.
    @Test func whoSetsRoutesKnowsWhatTheOneBeforeDid() async throws {
        try await Processes.with { processes in
            let registry = Registry(containers: [try container("potter", 7)])
            let thor = try container("thor", 8)
            var options = ProcessRuntime.Options(server: Processes.program)
            options.address = "127.0.0.1:\(processes.port)"
            let other = ProcessRuntime(folder: processes.folder, options: options, logger: quiet)
            let later = try await processes.runtime.withRoutes(to: { await registry.containers }) { goLive in
                let later = Task { try await other.route { await registry.containers } }
                try await goLive()
                // Before the other one can have asked.
                await registry.add(thor)
                return later
            }
            try await later.value
            for host in ["potter", "thor"] {
                #expect(try await processes.ask("\(host).\(base)", "/livez").status == 503, "it is known, and is down")
            }
        }
    }

    /// Who is to be led to a server of its own.
    private actor Registry {
        private(set) var containers: [TenantContainer]
        init(containers: [TenantContainer]) { self.containers = containers }
        func add(_ container: TenantContainer) { containers.append(container) }
    }

    private func container(_ name: String, _ home: Int64) throws -> TenantContainer {
        TenantContainer(tenant: try TenantName(name), home: home, domains: [])
    }

    @Test func aReloadUnderLoadDropsNoRequest() async throws {
        try await Processes.with { processes in
            let potter = try await processes.make("potter", home: 7)
            let thor = try await processes.make("thor", home: 8)
            try await processes.runtime.route([potter])
            try await withThrowingTaskGroup(of: (asked: Int, wrong: [String]).self) { group in
                let reloads = Reloads()
                for _ in 0..<4 {
                    group.addTask {
                        var (asked, wrong) = (0, [String]())
                        while !reloads.areOver.withLock({ $0 }) {
                            let answer = await processes.answer(of: "potter")
                            asked += 1
                            if answer != "potter-7" { wrong.append(answer) }
                        }
                        return (asked, wrong)
                    }
                }
                for turn in 0..<6 {
                    try await processes.runtime.route(turn % 2 == 0 ? [potter, thor] : [potter])
                    if turn % 2 == 0 {
                        // As soon as it returns, thor is there.
                        #expect(await processes.answer(of: "thor") == "thor-8", "after reload \(turn)")
                    }
                }
                reloads.areOver.withLock { $0 = true }
                for try await outcome in group {
                    #expect(outcome.asked > 0)
                    #expect(outcome.wrong == [], "\(processes.frontLog)")
                }
            }
        }
    }

    @Test func routesAreNotLiveWhileAWorkerTakesConnectionsByTheOldOnes() async throws {
        try await Processes.with { processes in
            let potter = try await processes.make("potter", home: 7)
            try await processes.runtime.route([])
            // A master that listens makes its workers a little later.
            let master = try processes.frontMaster()
            #expect(await eventually { !Processes.children(of: master).isEmpty }, "nginx has no workers")
            let workers = Processes.children(of: master)
            for worker in workers { kill(worker, SIGSTOP) }
            let reloads = Reloads()
            let reload = Task {
                defer { reloads.areOver.withLock { $0 = true } }
                try await processes.runtime.route([potter])
            }
            // It would not fail for a reload that comes later, and only say less.
            try await Task.sleep(for: .seconds(1))
            #expect(reloads.areOver.withLock { !$0 })
            for worker in workers { kill(worker, SIGCONT) }
            try await reload.value
            #expect(await processes.answer(of: "potter") == "potter-7")
        }
    }

    @Test func aKilledPostgreSQLTakesDownItsTenantAloneAndComesBack() async throws {
        try await Processes.with { processes in
            let potter = try await processes.make("potter", home: 7)
            let thor = try await processes.make("thor", home: 8)
            try await processes.runtime.route([potter, thor])
            try await processes.ask("potter.\(base)", "/polls/", post: #"{"question":"Still here?"}"#)
            let pid = try await processes.runtime.withOperatorURL(potter) { url in
                try await value(url, "select split_part(pg_read_file('postmaster.pid'), chr(10), 1)")
            }
            let postmaster = try #require(pid_t(pid))
            kill(postmaster, SIGKILL)
            let during = try await processes.ask("thor.\(base)", "/polls/")
            #expect(during.status == 200)
            let after = try await processes.ask("potter.\(base)", "/polls/") { $0.status == 200 }
            #expect(after.body.contains("Still here?"))
        }
    }

    @Test func aKilledFrontDoorComesBackAndTakesNewRoutes() async throws {
        try await Processes.with { processes in
            let potter = try await processes.make("potter", home: 7)
            let thor = try await processes.make("thor", home: 8)
            try await processes.runtime.route([potter])
            let killed = try processes.frontMaster()
            kill(killed, SIGKILL)
            let isBack = await eventually {
                guard let master = try? processes.frontMaster() else { return false }
                return master != killed && kill(master, 0) == 0
            }
            #expect(isBack, "\(processes.frontLog)")
            #expect(try await processes.ask("potter.\(base)", "/polls/") { $0.status == 200 }.status == 200)
            try await processes.runtime.route([potter, thor])
            #expect(await processes.answer(of: "thor") == "thor-8")
        }
    }

    @Test func aDeadServerIsUnavailableForItsTenantAndComesBack() async throws {
        try await Processes.with { processes in
            let potter = try await processes.make("potter", home: 7)
            try await processes.runtime.route([potter])
            let pidFile = "\(processes.folder.path)/tenants/potter-7/server.pid"
            let words = try String(contentsOfFile: pidFile, encoding: .utf8).split(separator: " ")
            let shell = try #require(pid_t(words[0]))
            let server = try #require(Processes.children(of: shell).first)
            kill(server, SIGKILL)
            let down = try await processes.ask("potter.\(base)", "/livez") { $0.status == 503 }
            // It may be back before anybody asks.
            if down.status == 503 { #expect(down.retryAfter == "2") }
            let up = try await processes.ask("potter.\(base)", "/polls/") { $0.status == 200 }
            #expect(up.status == 200)
        }
    }

    @Test func aStoppedTenantKeepsItsDataAndARemovedOneNothing() async throws {
        try await Processes.with { processes in
            let potter = try await processes.make("potter", home: 7)
            try await processes.runtime.route([potter])
            try await processes.ask("potter.\(base)", "/polls/", post: #"{"question":"Kept?"}"#)
            try await processes.runtime.stop(potter)
            #expect(processesNaming(processes.folder.path + "/tenants/potter-7") == [])
            try await processes.runtime.stop(potter)
            #expect(try await processes.ask("potter.\(base)", "/polls/").status == 503)
            try await processes.runtime.startApp(potter)
            #expect(try await processes.ask("potter.\(base)", "/polls/").body.contains("Kept?"))
            // Starting what runs changes nothing.
            try await processes.runtime.startDatabase(potter)
            try await processes.runtime.startApp(potter)
            try await processes.runtime.remove(potter, wasMade: true)
            #expect(processesNaming(processes.folder.path + "/tenants/potter-7") == [])
            #expect(!FileManager.default.fileExists(atPath: "\(processes.folder.path)/tenants/potter-7"))
            try await processes.runtime.remove(potter, wasMade: true)
        }
    }

    /// Its data would be made anew, or forgotten.
    @Test func inAnotherFolderNothingIsMadeAndNothingForgotten() async throws {
        try await Processes.with { processes in
            let potter = try await processes.make("potter", home: 7)
            let elsewhere = try DeploymentFolder(processes.folder.path + "/elsewhere")
            let runtime = ProcessRuntime(
                folder: elsewhere,
                options: ProcessRuntime.Options(server: Processes.program),
                logger: quiet
            )
            await #expect(throws: DeploymentError.self) { try await runtime.withOperatorURL(potter) { _ in } }
            #expect(throws: DeploymentError.self) { try runtime.checkFiles(of: [potter]) }
            let error = await #expect(throws: DeploymentError.self) {
                try await runtime.remove(potter, wasMade: true)
            }
            #expect(error?.message.contains("the files of potter are not in") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere.path + "/tenants") == [])
            // One that could not be made is cleared away.
            try await runtime.remove(potter, wasMade: false)
            try processes.runtime.checkFiles(of: [potter])
        }
    }

    @Test func aTakenPortIsRefusedBeforeAnythingChanges() async throws {
        try await Processes.with { first in
            try await first.runtime.route([])
            var options = ProcessRuntime.Options(server: Processes.program)
            options.address = "127.0.0.1:\(first.port)"
            let path = first.folder.path + "/second"
            let second = ProcessRuntime(folder: try DeploymentFolder(path), options: options, logger: quiet)
            var error = await #expect(throws: DeploymentError.self) { try await second.check(beside: []) }
            #expect(error?.code == .portTaken)
            error = await #expect(throws: DeploymentError.self) { try await second.route([]) }
            #expect(error?.code == .portTaken, "\(error.map { "\($0)" } ?? "")")
            try await first.runtime.check(beside: [])
        }
    }

    /// A writer that waited at the shared server for the end of a move is led to the tenant's own.
    @Test func whoWaitedForAMoveIsLedToWhereTheTenantIs() async throws {
        try await TestServer.with(open: ["potter"]) { server in
            try await Processes.with(shared: "127.0.0.1:\(server.port)") { processes in
                let potter = try await processes.make("potter", home: 7)
                try await processes.runtime.route([])
                try await server.pauseWrites(of: "potter")
                let host = "potter.\(base)"
                let writer = Task {
                    try await processes.ask(host, "/polls/", post: #"{"question":"Tea?"}"#)
                }
                // It would not fail for a writer that comes later, and only say less.
                try await Task.sleep(for: .milliseconds(500))
                try await processes.runtime.route([potter])
                _ = try await server.operatorClient.query(
                    "update polls_control.tenant set level = 'container', state = 'active', writes_paused = false"
                )
                let answer = try await writer.value
                #expect(answer.status == 201, "\(answer)")
                #expect(try await processes.ask(host, "/polls/").body.contains("Tea?"))
            }
        }
    }

    @Test func aFileThatNginxRefusesNeverGoesLive() async throws {
        try await Processes.with { processes in
            let potter = try await processes.make("potter", home: 7)
            try await processes.runtime.route([potter])
            // Two tenants with one host: nginx only warns. A host beyond its hash's size it refuses.
            let label = String(repeating: "a", count: 63)
            let long = Array(repeating: label, count: 8).joined(separator: ".")
            let other = TenantContainer(tenant: try TenantName("thor"), home: 8, domains: [long])
            let error = await #expect(throws: DeploymentError.self) {
                try await processes.runtime.route([potter, other])
            }
            #expect(error?.code == .badInput)
            #expect(try await processes.ask("potter.\(base)", "/livez").server == "potter-7")
            let text = try String(contentsOfFile: processes.folder.path + "/nginx.conf", encoding: .utf8)
            #expect(!text.contains("thor"))
        }
    }

    private func value(_ url: String, _ statement: SQL) async throws -> String {
        var configuration = TestDatabase.configuration(url)
        configuration.connections = 0
        return try await PostgresClient.withClient(configuration, logger: quiet) { client in
            try await client.withConnection { connection in
                let rows = try await connection.query(statement)
                return try rows.decodeOne(String.self)
            }
        }
    }

    /// Processes whose command line has the text, zombies left out.
    private func processesNaming(_ text: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { pid in
            guard let number = Int32(pid), number != getpid() else { return false }
            let command = (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline"))) ?? Data()
            return String(decoding: command, as: UTF8.self).contains(text)
        }
    }
}

/// Tells others meanwhile whether the reloads are over.
private final class Reloads: Sendable {
    let areOver = Mutex(false)
}
