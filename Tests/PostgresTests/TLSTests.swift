import Postgres
import TestSupport
import Testing

/// Connections over TCP that are encrypted, or refused.
@Suite struct TLSTests {
    @Test func connectionsAreAsThePolicySays() async throws {
        try await TLSServer.with { server async throws in
            #expect(try await isEncrypted(server, "sslmode=disable") == false)
            #expect(try await isEncrypted(server, "sslmode=require") == true)
            let root = "sslrootcert=\(server.certificate)"
            #expect(try await isEncrypted(server, "sslmode=verify-full \(root)") == true)

            let stranger = await refusal(server, "sslmode=verify-full sslrootcert=\(server.otherCertificate)")
            #expect(stranger.contains("certificate verify failed"), "\(stranger)")
            // The last keyword counts.
            let elsewhere = await refusal(server, "sslmode=verify-full \(root) host=elsewhere.example")
            #expect(elsewhere.contains("does not match host name \"elsewhere.example\""), "\(elsewhere)")
            let nowhere = await refusal(server, "sslmode=verify-full sslrootcert=/nonexistent")
            #expect(nowhere.contains("/nonexistent"), "\(nowhere)")
        }
    }

    /// As PostgreSQL has it, of a shared connection and of a leased one.
    private func isEncrypted(_ server: TLSServer, _ policy: String) async throws -> Bool? {
        try await withClient(server, policy) { client in
            let question: SQL = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
            let shared = try await client.query(question).decodeOne(Bool.self)
            let leased = try await client.withConnection { try await $0.query(question).decodeOne(Bool.self) }
            return shared == leased ? shared : nil
        }
    }

    /// What is said of a connection that cannot be made.
    private func refusal(_ server: TLSServer, _ policy: String) async -> String {
        do {
            try await withClient(server, policy) { client in try await client.withConnection { _ in } }
            return "it was made"
        } catch let error as PostgresError where error.code == .connectionFailed {
            return error.description
        } catch { return "another error: \(error)" }
    }

    private func withClient<R: Sendable>(
        _ server: TLSServer,
        _ policy: String,
        _ body: @Sendable (PostgresClient) async throws -> R
    ) async throws -> R {
        let configuration = TestDatabase.configuration(server.connectionString(policy))
        return try await PostgresClient.withClient(configuration, logger: TestDatabase.logger, body)
    }
}
