import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@testable import Postgres

/// What a client that fails fast does not wait for, and what it does.
@Suite struct FailFastTests {
    private func configuration(_ string: String) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(connectionString: string)
        configuration.connections = 2
        configuration.failsFast = true
        // What waited for it would never end.
        configuration.timeout = .seconds(3_600)
        return configuration
    }

    @Test(.timeLimit(.minutes(10))) func whatCannotBeReachedFailsAtOnce() async throws {
        for nowhere in ["host=/nonexistent", "host=127.0.0.1 port=1"] {
            try await PostgresClient.withClient(configuration(nowhere), logger: TestDatabase.logger) { client in
                for _ in 0..<3 {
                    let error = await #expect(throws: PostgresError.self) { _ = try await client.query("select 1") }
                    #expect(error?.code == .connectionFailed)
                    #expect(error?.sqlState == nil)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(10))) func whatRefusesFailsAtOnce() async throws {
        try await TestDatabase.with { real in
            let missing = try ConnectionString(real.connectionString).with("dbname", "no_such_database").text
            try await PostgresClient.withClient(configuration(missing), logger: TestDatabase.logger) { client in
                let error = await #expect(throws: PostgresError.self) { _ = try await client.query("select 1") }
                #expect(error?.code == .connectionFailed)
                #expect(error?.sqlState == "3D000")
                #expect(error?.message.contains("no_such_database") == true)
            }
        }
    }

    /// PostgreSQL ends every backend when one of them is killed, and refuses new ones until it has recovered.
    @Test(.timeLimit(.minutes(10))) func aServerThatRecoversIsWaitedFor() async throws {
        try await TestCluster.with { cluster in
            let configuration = configuration(cluster.connectionString)
            try await PostgresClient.withClient(configuration, logger: TestDatabase.logger) { client in
                for round in 0..<5 {
                    let backend = try await client.query("select pg_backend_pid()").decodeOne(Int32.self)
                    let askers = (0..<20).map { asker in
                        Task {
                            for _ in 0..<20 {
                                let read = Segment(statements: ["select \(Int32(asker))"], isReadOnly: true)
                                let answer = try await client.run(read)[0].decodeOne(Int32.self)
                                #expect(answer == Int32(asker))
                            }
                        }
                    }
                    kill(backend, SIGKILL)
                    for asker in askers {
                        await #expect(throws: Never.self, "in round \(round)") { try await asker.value }
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("connection to server on socket \"x\" failed: FATAL:  57P03\n", "57P03"),
        ("connection to server at \"h\" (::1), port 1 failed: ВАЖНО:  3D000\n", "3D000"),
        ("connection failed: FATAL:  28P01\nconnection to the other failed: Connection refused\n", "28P01"),
        ("connection failed: server closed the connection unexpectedly\n\tThis probably means\n", nil),
        ("connection failed: Is the server at port:  x5432", nil),
        ("", nil),
    ]) func aRefusalEndsWithItsCode(message: String, code: String?) {
        #expect(SQLState(endOf: message)?.rawValue == code)
    }
}
