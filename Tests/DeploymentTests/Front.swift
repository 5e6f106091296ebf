import AsyncHTTPClient
import Deployment
import Foundation
import Migrations
import Postgres
import Provisioning
import Tenancy
import TestSupport

extension ContainerRuntime {
    /// Sends hosts to these, whoever else there is.
    func route(_ containers: [TenantContainer]) async throws { try await route { containers } }
}

/// The front door of a deployment, as a client sees it.
struct Front: Sendable {
    let port: Int

    /// Makes a tenant, open for writing, and starts its server.
    static func make(
        _ name: String,
        home: Int64,
        domains: [String] = [],
        on runtime: some ContainerRuntime
    ) async throws -> TenantContainer {
        let container = TenantContainer(tenant: try TenantName(name), home: home, domains: domains)
        try await runtime.startDatabase(container)
        try await runtime.withOperatorURL(container) { url in
            var configuration = TestDatabase.configuration(url)
            configuration.connections = 0
            try await PostgresClient.withClient(configuration, logger: quiet) { client in
                let control = try Migration.load(EmbeddedMigrations.control)
                _ = try await RegistryInstaller(client: client, migrations: control, logger: quiet).install()
                let provisioner = try await Provisioner.open(
                    client,
                    product: try TestProduct.polls(),
                    registryVersion: control.count,
                    logger: quiet
                )
                try await provisioner.makeOpen(name)
            }
        }
        try await runtime.startApp(container)
        return container
    }

    struct Answer: Sendable {
        let status: UInt
        let server: String?
        let retryAfter: String?
        let body: String
    }

    /// Asks nginx, on a connection that is not used again: an idle one may be closed at any time, and a request on its way
    /// then be lost (RFC 9112, section 9.3.1).
    @discardableResult
    func ask(
        _ host: String,
        _ path: String,
        post json: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.headers.add(name: "Host", value: host)
        request.headers.add(name: "Connection", value: "close")
        if let json {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(.init(string: json))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return Answer(
            status: response.status.code,
            server: response.headers.first(name: "polls-upstream"),
            retryAfter: response.headers.first(name: "retry-after"),
            body: String(buffer: try await response.body.collect(upTo: 1 << 20))
        )
    }

    /// Asks until the answer is such.
    /// - Returns: the last answer, whatever it is.
    func ask(_ host: String, _ path: String, until isSuch: (Answer) -> Bool) async throws -> Answer {
        var answer = try await ask(host, path)
        _ = try await eventually {
            if !isSuch(answer) { answer = try await ask(host, path) }
            return isSuch(answer)
        }
        return answer
    }
}
