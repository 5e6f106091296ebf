import Testing

@testable import Postgres

/// Segments of many callers on few connections, each a transaction of its own.
@Suite struct SegmentTests {
    @Test func aSegmentIsOneTransaction() async throws {
        try await withClient { client, _ async throws in
            _ = try await client.query("create table t (id int primary key)")
            let state = await sqlState {
                _ = try await client.run(
                    Segment(statements: ["insert into t values (1)", "insert into t values (1)", "select 1"])
                )
            }
            #expect(state == .uniqueViolation)
            #expect(try await client.query("select count(*) from t").decodeOne(Int64.self) == 0)
        }
    }

    @Test func anErrorNamesItsStatementWithoutItsValues() async throws {
        try await withClient { client, _ async throws in
            let error = await #expect(throws: PostgresError.self) {
                let segment = Segment(statements: ["select 1", "select 2 /\n  \(Int32(0)), \("hunter2")"])
                _ = try await client.run(segment)
            }
            #expect(error?.statement == "select 2 /\n  $1, $2")
            #expect(error?.description.hasSuffix("; in: select 2 / $1, $2") == true, "\(String(describing: error))")
        }
    }

    @Test func anErrorDoesNotQuoteRawText() async throws {
        try await withClient { client, _ async throws in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withConnection {
                    _ = try await $0.query("alter role nobody_there password \(unsafeRaw: "'hunter2'")")
                }
            }
            #expect(error?.sqlState == .undefinedObject)
            #expect(error?.statement == nil && error?.description.contains("hunter2") == false)
        }
    }

    @Test func aLongStatementIsQuotedInPart() {
        var error = PostgresError(.server, "no")
        error.statement = String(repeating: "x", count: 500)
        #expect(error.description == "server: no; in: " + String(repeating: "x", count: 160) + " …")
    }

    @Test func successAndFailureDoNotMixUpAnswers() async throws {
        try await withClient({
            $0.connections = 2
            $0.queuePerOwner = 500
        }) { client, _ async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        let value = Int32(number)
                        if number % 3 == 0 {
                            let state = await sqlState {
                                _ = try await client.query("select 1/(\(value)-\(value))")
                            }
                            #expect(state == "22012")
                        } else {
                            let rows = try await client.query("select \(value), repeat('x', \(value))")
                            let (got, text) = try rows.decodeOne(Int32.self, String.self)
                            #expect(got == value && text.utf8.count == number)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func tenThousandCallersShareFourConnections() async throws {
        try await withClient({
            $0.queuePerOwner = 10_000
            $0.timeout = .seconds(60)
        }) { client, _ async throws in
            let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<10_000 {
                    group.addTask { try await client.query("select \(Int64(number))").decodeOne(Int64.self) }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 49_995_000)
            let backends = try await client.query(
                "select count(*) from pg_stat_activity where datname = current_database()"
            )
            #expect(try backends.decodeOne(Int64.self) <= 4)
        }
    }

    /// What nobody in particular asks for is nobody's to be told to ask for less.
    @Test(
        arguments: [(7, .ownerQueueFull), (StatementScope.shared.owner, .queueFull)]
            as [(UInt64, PostgresError.Code)]
    )
    func aFullQueueRefusesAtOnce(owner: UInt64, expected: PostgresError.Code) async throws {
        try await withClient({
            $0.connections = 1
            $0.inFlightPerOwner = 1
            $0.queuePerOwner = 2
        }) { client, _ async throws in
            _ = try await client.query("select 1")
            let codes = try await Hold.with(client) { hold in
                try await withThrowingTaskGroup(of: PostgresError.Code?.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            let scope = StatementScope(owner: owner, generation: 0)
                            let slow = Segment(scope: scope, statements: ["select 1 from \(unsafeRaw: Hold.wait)"])
                            return await code { _ = try await client.run(slow) }
                        }
                    }
                    // One is under way, and at most two wait: these are answered while nothing else can be.
                    var codes: [PostgresError.Code?] = []
                    while codes.count < 17, let code = try await group.next() { codes.append(code) }
                    #expect(codes.allSatisfy { $0 == expected }, "\(codes)")
                    try await hold.release()
                    return try await group.reduce(into: codes) { $0.append($1) }
                }
            }
            #expect(codes.count { $0 == nil } >= 2, "those that had a place were served")
        }
    }

    @Test func transactionControlInASegmentCostsTheConnection() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            let before = try await client.query("select pg_backend_pid()").decodeOne(Int32.self)
            _ = try? await client.query("begin")
            let after = try await client.query("select pg_backend_pid()").decodeOne(Int32.self)
            #expect(before != after)
        }
    }
}
