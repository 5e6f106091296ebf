import Foundation
import Logging
import Provisioning
import Tenancy
import TestSupport

@testable import Deployment

/// A shared server on a PostgreSQL of its own, and isolated tenants' processes beside it, as the real tool makes them
/// behind a real nginx.
struct ProcessSite: Sendable {
    let server: TestServer
    /// nginx, once there is an isolated tenant.
    let front: TestClient
    let folder: String

    /// Runs the body with a site of these tenants, at the level `schema`; afterwards nothing is left of it.
    static func with(
        open: [String],
        _ body: @escaping @Sendable (ProcessSite) async throws -> Void
    ) async throws {
        try await TestCluster.with { cluster in
            try await TestServer.with(open: open, on: cluster.connectionString) { server in
                let site = ProcessSite(
                    server: server,
                    front: TestClient(port: FreePort.any()),
                    folder: "/tmp/polls-test-\(UUID().uuidString.prefix(8))"
                )
                let result: Result<Void, any Error>
                do { result = .success(try await body(site)) } catch { result = .failure(error) }
                try await site.close()
                try result.get()
            }
        }
    }

    /// Runs a command of polls-admin to its end.
    func admin(_ arguments: String) async throws -> Admin.Outcome {
        try await server.admin("\(settings); $ADMIN \(arguments)")
    }

    /// Runs a command of polls-admin that is not told of the shared server.
    func adminWithoutShared(_ arguments: String) async throws -> Admin.Outcome {
        try await server.admin("\(settings); unset POLLS_SHARED_SERVER; $ADMIN \(arguments)")
    }

    /// Runs a command of polls-admin, and kills it so many seconds later.
    func kill(after seconds: Double, _ arguments: String) async throws {
        _ = try await server.admin("\(settings); timeout --signal=KILL \(seconds) $ADMIN \(arguments)")
        try await server.settle()
    }

    /// The tenants' homes that have files, by the names of their folders.
    func homes() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/tenants").sorted()
    }

    /// How the app's login connects to the PostgreSQL of a home; `nil` when it has none.
    func connectionString(_ tenant: TenantName, home: Int64) -> String? {
        let folder = "\(folder)/tenants/\(tenant)-\(home)/postgres"
        // It may be where its own user can reach it.
        let cluster = (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/cluster")) ?? folder
        guard FileManager.default.fileExists(atPath: cluster + "/socket") else { return nil }
        return "host='\(cluster)/socket' port=5432 dbname='\(tenant)' user=polls_app"
    }

    private var settings: String {
        "export POLLS_RUNTIME=process POLLS_DEPLOY=\(folder) POLLS_SHARED_SERVER=127.0.0.1:\(server.port) "
            + "POLLS_PUBLISH=127.0.0.1:\(front.port)"
    }

    private func runtime() throws -> ProcessRuntime {
        ProcessRuntime(
            folder: try DeploymentFolder(folder),
            options: ProcessRuntime.Options(server: Program.path("polls-server")),
            logger: TestDatabase.logger
        )
    }

    private func containers() throws -> [TenantContainer] {
        try homes().compactMap { home in
            let parts = home.split(separator: "-")
            guard parts.count == 2, let number = Int64(parts[1]) else { return nil }
            return TenantContainer(tenant: try TenantName(String(parts[0])), home: number, domains: [])
        }
    }

    /// Stops and removes whatever there is, also where a test failed half way.
    private func close() async throws {
        guard FileManager.default.fileExists(atPath: folder) else { return }
        let runtime = try runtime()
        for container in try containers() { try await runtime.remove(container, wasMade: true) }
        try await runtime.closeFront()
        try FileManager.default.removeItem(atPath: folder)
    }
}
