import Postgres
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A backend that stands still, while the system still takes what is sent to it.
@Suite struct FrozenBackendTests {
    private static func query(_ client: PostgresClient, _ number: Int) async throws {
        _ = try await client.query("select \(unsafeRaw: "\(number)")")
    }

    /// The client's own business goes before what somebody waits for: the name that a statement has lost.
    @Test(arguments: [false, true]) func itIsGivenUp(behindHousekeeping: Bool) async throws {
        try await withClient({
            $0.connections = 1
            $0.preparedStatements = 8
            $0.timeout = .seconds(5)
        }) { client, _ async throws in
            let backend = try await client.query("select pg_backend_pid()").decodeOne(Int32.self)
            // One that has a name, and as many others as there is room for, and one more.
            for _ in 0..<3 { try await Self.query(client, 0) }
            if behindHousekeeping { for number in 1...8 { try await Self.query(client, number) } }
            kill(backend, SIGSTOP)
            defer { kill(backend, SIGCONT) }
            await #expect(throws: PostgresError.self) { try await Self.query(client, 9) }
            #expect(await eventually { (try? await Self.query(client, 10)) != nil }, "it keeps its place for ever")
        }
    }
}
