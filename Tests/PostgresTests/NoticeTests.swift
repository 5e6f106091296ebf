import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

/// What PostgreSQL says beside its answers goes to the log, and disturbs nothing.
@Suite struct NoticeTests {
    /// Keeps what is logged.
    private final class Record: LogHandler, Sendable {
        private let texts = Mutex<[String]>([])

        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) {
            let values = (event.metadata ?? [:]).values.map { "\($0)" }
            texts.withLock { $0.append(([event.message.description] + values).joined(separator: " ")) }
        }

        /// How many lines have this text.
        func count(_ text: String) -> Int { texts.withLock { $0.count { $0.contains(text) } } }
    }

    private func withLog(
        _ body: @Sendable (PostgresClient, Record) async throws -> Void
    ) async throws {
        let record = Record()
        try await TestDatabase.with { configuration in
            var configuration = configuration
            configuration.connections = 1
            let logger = Logger(label: "test") { _ in record }
            try await PostgresClient.withClient(configuration, logger: logger) { try await body($0, record) }
        }
    }

    /// Raises a notice and a warning, as one statement.
    private func raise(_ text: String) -> SQL {
        "do $$ begin raise notice '\(unsafeRaw: text) notice'; raise warning '\(unsafeRaw: text) warning'; end $$"
    }

    @Test func onASharedConnectionEachIsLoggedOnce() async throws {
        try await withLog { client, record in
            let before = try await client.query("select pg_backend_pid()").decodeOne(Int32.self)
            // Between others in one pipeline, in a transaction that goes on, and in one that fails.
            async let others = (0..<50).asyncMap { try await client.query("select \(Int32($0))").decodeOne(Int32.self) }
            let rows = try await client.run(Segment(statements: ["select 1", raise("shared"), "select 2"]))
            #expect(try rows[2].decodeOne(Int32.self) == 2)
            let state = await sqlState {
                _ = try await client.run(Segment(statements: [raise("doomed"), "select 1 / 0"]))
            }
            #expect(state == "22012")
            #expect(try await others == (0..<50).map { Int32($0) }, "each has its own answer")
            #expect(try await client.query("select pg_backend_pid()").decodeOne(Int32.self) == before)
            for text in ["shared notice", "shared warning", "doomed notice", "doomed warning"] {
                #expect(record.count(text) == 1, "\(text)")
            }
        }
    }

    @Test func onALeasedConnectionEachIsLoggedOnce() async throws {
        try await withLog { client, record in
            try await client.withTransaction { connection in
                _ = try await connection.query(raise("leased"))
                #expect(try await connection.query("select 1").decodeOne(Int32.self) == 1)
            }
            try await client.withConnection { connection in
                let before = try await connection.query("select pg_backend_pid()").decodeOne(Int32.self)
                _ = try await connection.execute(script: raise("script"))
                #expect(try await connection.query("select pg_backend_pid()").decodeOne(Int32.self) == before)
            }
            for text in ["leased notice", "leased warning", "script notice", "script warning"] {
                #expect(record.count(text) == 1, "\(text)")
            }
        }
    }

    /// More of them than a socket's buffers hold, and each of a size.
    @Test func aFloodOfThemHoldsUpNobody() async throws {
        try await withLog { client, record in
            let flood: SQL =
                "do $$ begin for i in 1..5000 loop raise notice 'flood %', repeat('x', 1000); end loop; end $$"
            async let after = client.query("select 3").decodeOne(Int32.self)
            _ = try await client.run(Segment(statements: [flood]))
            #expect(try await after == 3)
            #expect(record.count("flood") == 5000)
        }
    }
}

extension Range<Int> {
    /// All at once, in order.
    fileprivate func asyncMap<R: Sendable>(_ body: @escaping @Sendable (Int) async throws -> R) async throws -> [R] {
        try await withThrowingTaskGroup(of: (Int, R).self) { group in
            for index in self { group.addTask { (index, try await body(index)) } }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
