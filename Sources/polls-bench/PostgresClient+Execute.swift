import Logging
import Postgres

extension PostgresClient {
    /// Runs statements as an operator, on a connection that is there for them alone.
    static func execute(_ script: SQL, at url: String, logger: Logger) async throws {
        var configuration = PostgresConfiguration(connectionString: url)
        configuration.connections = 0
        try await withClient(configuration, logger: logger) { client in
            try await client.withConnection { _ = try await $0.execute(script: script) }
        }
    }
}
