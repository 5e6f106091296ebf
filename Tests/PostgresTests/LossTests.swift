import Postgres
import TestSupport
import Testing

/// What becomes of work that is late, given up or cut off, and of the work after it.
@Suite struct LossTests {
    @Test func aStatementTimeoutIsAServerError() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            let state = await sqlState {
                _ = try await client.run(
                    Segment(statements: [
                        "select set_config('statement_timeout', '50ms', true)", "select from pg_sleep(600)",
                    ])
                )
            }
            #expect(state == .queryCanceled)
            #expect(try await client.query("select 1").decodeOne(Int32.self) == 1)
        }
    }

    /// What was sent may still be done, unless it only reads: its caller must know.
    @Test(arguments: [(true, PostgresError.Code.deadlineExceeded), (false, .unknownOutcome)])
    func anAnswerAfterTheDeadlineIsNobodyElses(onlyReads: Bool, expected: PostgresError.Code) async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            let late = try await Hold.with(client) { hold in
                let slow = Segment(
                    statements: ["select 1 from \(unsafeRaw: Hold.wait)"],
                    isReadOnly: onlyReads,
                    timeout: .milliseconds(100)
                )
                let late = await code { _ = try await client.run(slow) }
                try await hold.release()
                return late
            }
            #expect(late == expected)
            #expect(try await client.query("select 2").decodeOne(Int32.self) == 2)
        }
    }

    @Test func aCancelledCallerLeavesTheConnectionWhole() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            for _ in 0..<5 {
                try await Hold.with(client) { hold in
                    let task = Task { try await client.query("select 1 from \(unsafeRaw: Hold.wait)") }
                    try await hold.stopped(1)
                    task.cancel()
                    await #expect(throws: CancellationError.self) { _ = try await task.value }
                    try await hold.release()
                }
                #expect(try await client.query("select 2").decodeOne(Int32.self) == 2)
            }
        }
    }

    @Test func aKilledBackendFailsOnlyItsWork() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            try await Hold.with(client) { hold in
                let work = Task { try await client.query("select 1 from \(unsafeRaw: Hold.wait)") }
                for backend in try await hold.stopped(1) { try await hold.terminate(backend) }
                #expect(await code { _ = try await work.value } == .unknownOutcome)
            }
            #expect(try await client.query("select 3").decodeOne(Int32.self) == 3)
        }
    }

    @Test func aReadIsSentAgainWhenItsConnectionIsLost() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            _ = try await client.query("create sequence runs")
            let run = try await Hold.with(client) { hold in
                // A sequence counts what is rolled back, too.
                let read = Segment(
                    statements: ["select nextval('runs')", "select 1 from \(unsafeRaw: Hold.wait)"],
                    isReadOnly: true
                )
                let work = Task { try await client.run(read)[0].decodeOne(Int64.self) }
                let first = try await hold.stopped(1)
                for backend in first { try await hold.terminate(backend) }
                #expect(try await eventually { try await hold.stopped(1) != first }, "it was not sent again")
                try await hold.release()
                return try await work.value
            }
            #expect(run == 2)
        }
    }

    @Test func aRepeatableWriteIsSentAgainAndAnotherIsNot() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            _ = try await client.query("create table done (key int primary key)")
            for (key, isRepeatable) in [(Int32(1), true), (2, false)] {
                let outcome = try await Hold.with(client) { hold in
                    let write = Segment(
                        statements: [
                            "insert into done values (\(key)) on conflict do nothing",
                            "select 1 from \(unsafeRaw: Hold.wait)",
                        ],
                        isRepeatable: isRepeatable
                    )
                    let work = Task { try await client.run(write) }
                    for backend in try await hold.stopped(1) { try await hold.terminate(backend) }
                    try await hold.release()
                    return await code { _ = try await work.value }
                }
                #expect(outcome == (isRepeatable ? nil : .unknownOutcome))
            }
            #expect(try await client.query("select key from done").decodeOne(Int32.self) == 1)
        }
    }

    @Test func noServerIsAnErrorThatSaysSo() async throws {
        var configuration = PostgresConfiguration(connectionString: "host=/nonexistent dbname=x")
        configuration.timeout = .milliseconds(500)
        let final = configuration
        try await PostgresClient.withClient(final, logger: TestDatabase.logger) { client in
            // By its deadline the first may know of no attempt to connect yet.
            var found = await code { _ = try await client.query("select 1") }
            let saysSo = await eventually {
                if found == .deadlineExceeded { found = await code { _ = try await client.query("select 1") } }
                return found == .connectionFailed
            }
            #expect(saysSo, "it says \(String(describing: found))")
            let leased = await code { try await client.withConnection { _ in } }
            #expect(leased == .connectionFailed)
        }
    }

    /// What was sent when a client is shut down may be done all the same, unless it only reads.
    @Test(arguments: [(true, PostgresError.Code.closed), (false, .unknownOutcome)])
    func aClientThatIsShutDownSaysWhatItDoesNotKnow(onlyReads: Bool, expected: PostgresError.Code) async throws {
        try await withClient { holder, configuration async throws in
            let client = try PostgresClient(configuration: configuration, logger: TestDatabase.logger)
            let run = Task { try await client.run() }
            try await Hold.with(holder) { hold in
                let segment = Segment(statements: ["select 1 from \(unsafeRaw: Hold.wait)"], isReadOnly: onlyReads)
                let work = Task { await code { _ = try await client.run(segment) } }
                try await hold.stopped(1)
                run.cancel()
                #expect(await work.value == expected)
                try await hold.release()
            }
            try await run.value
        }
    }

    @Test func aClientThatIsShutDownRefuses() async throws {
        let client = try await TestDatabase.with { configuration in
            let client = try PostgresClient(configuration: configuration, logger: TestDatabase.logger)
            let run = Task { try await client.run() }
            _ = try await client.query("select 1")
            run.cancel()
            try await run.value
            return client
        }
        #expect(await code { _ = try await client.query("select 1") } == .closed)
    }
}
