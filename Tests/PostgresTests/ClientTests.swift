import FoundationEssentials
import Postgres
import TestSupport
import Testing

/// The client against a real server.
@Suite struct ClientTests {
    private func withClient<R: Sendable>(
        _ change: @Sendable (inout PostgresConfiguration) -> Void = { _ in },
        _ body: @Sendable (PostgresClient, PostgresConfiguration) async throws -> R
    ) async throws -> R {
        try await TestDatabase.with { configuration in
            var configuration = configuration
            change(&configuration)
            let final = configuration
            return try await PostgresClient.withClient(final, logger: TestDatabase.logger) { try await body($0, final) }
        }
    }

    private func sqlState(_ body: () async throws -> Void) async -> SQLState? {
        do {
            try await body()
            return nil
        } catch { return (error as? PostgresError)?.sqlState }
    }

    private func code(_ body: () async throws -> Void) async -> PostgresError.Code? {
        do {
            try await body()
            return nil
        } catch { return (error as? PostgresError)?.code }
    }

    @Test func everyTypeComesBackAsItWasSent() async throws {
        try await withClient { client, _ async throws in
            let id = UUID()
            let missing: String? = nil
            let at = Timestamp(microseconds: 1_769_860_800_123_456)
            let rows = try await client.query(
                """
                select \(true), \(Int16(-2)), \(Int32(-3)), \(Int64.min), \(1.5), \("ü\u{1F600}'\\"), \(id), \(at),
                  \(JSONText("{\"a\":1}")), \(Bytes([0, 255, 7])), \([Int64(1), -2]), \(["a", "", "ü"]),
                  \([UUID]()), \(missing as String?), \("x")::varchar, null::int4[], '{"b":2}'::jsonb, 7::oid
                """
            )
            let row = rows[0]
            #expect(try row.decode(Bool.self, at: 0))
            #expect(try row.decode(Int16.self, at: 1) == -2)
            #expect(try row.decode(Int32.self, at: 2) == -3)
            #expect(try row.decode(Int64.self, at: 3) == .min)
            #expect(try row.decode(Double.self, at: 4) == 1.5)
            #expect(try row.decode(String.self, at: 5) == "ü\u{1F600}'\\")
            #expect(try row.decode(UUID.self, at: 6) == id)
            #expect(try row.decode(Timestamp.self, at: 7) == at)
            #expect(try row.decode(JSONText.self, at: 8).text == "{\"a\":1}")
            #expect(try row.decode(Bytes.self, at: 9).bytes == [0, 255, 7])
            #expect(try row.decode([Int64].self, at: 10) == [1, -2])
            #expect(try row.decode([String].self, at: 11) == ["a", "", "ü"])
            #expect(try row.decode([UUID].self, at: 12).isEmpty)
            #expect(try row.decode(String?.self, at: 13) == nil)
            #expect(try row.decode(String.self, at: 14) == "x")
            #expect(try row.decode([Int32]?.self, at: 15) == nil)
            #expect(try row.decode(JSONText.self, at: 16).text == "{\"b\": 2}")
            #expect(try row.decode(UInt32.self, at: 17) == 7)
        }
    }

    @Test func aWrongTypeOrNullIsADecodingError() async throws {
        try await withClient { client, _ async throws in
            let rows = try await client.query("select 1::int4, null::text")
            #expect(await code { _ = try rows[0].decode(String.self, at: 0) } == .decoding)
            #expect(await code { _ = try rows[0].decode(String.self, at: 1) } == .decoding)
            #expect(await code { _ = try rows[0].decode(Int32.self, at: 2) } == .decoding)
        }
    }

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
                            let state = await self.sqlState {
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

    @Test func aFullQueueRefusesAtOnce() async throws {
        try await withClient({
            $0.connections = 1
            $0.inFlightPerOwner = 1
            $0.queuePerOwner = 2
        }) { client, _ async throws in
            _ = try await client.query("select 1")
            let codes = await withTaskGroup(of: PostgresError.Code?.self) { group in
                for _ in 0..<20 {
                    group.addTask { await self.code { _ = try await client.query("select pg_sleep(0.2)") } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.contains(.queueFull))
            #expect(codes.contains(nil))
        }
    }

    @Test func aStatementTimeoutIsAServerError() async throws {
        try await withClient({ $0.serverSettings = ["statement_timeout": "50ms"] }) { client, _ async throws in
            #expect(await sqlState { _ = try await client.query("select pg_sleep(5)") } == .queryCanceled)
            #expect(try await client.query("select 1").decodeOne(Int32.self) == 1)
        }
    }

    @Test func anAnswerAfterTheDeadlineIsNobodyElses() async throws {
        try await withClient({
            $0.connections = 1
        }) { client, _ async throws in
            let slow = Segment(statements: ["select 1, pg_sleep(0.4)"], timeout: .milliseconds(100))
            #expect(await code { _ = try await client.run(slow) } == .deadlineExceeded)
            #expect(try await client.query("select 2").decodeOne(Int32.self) == 2)
        }
    }

    @Test func aCancelledCallerLeavesTheConnectionWhole() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            for _ in 0..<5 {
                let task = Task { try await client.query("select 1, pg_sleep(0.5)") }
                try await Task.sleep(for: .milliseconds(20))
                task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value }
                #expect(try await client.query("select 2").decodeOne(Int32.self) == 2)
            }
        }
    }

    @Test func aKilledBackendFailsOnlyItsWork() async throws {
        try await withClient({ $0.connections = 1 }) { client, configuration async throws in
            let work = Task { try await client.query("select pg_sleep(5)") }
            try await Task.sleep(for: .milliseconds(100))
            try await TestDatabase.admin(
                configuration.connectionString,
                "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(5)%' and pid <> pg_backend_pid()"
            )
            #expect(await code { _ = try await work.value } == .unknownOutcome)
            #expect(try await client.query("select 3").decodeOne(Int32.self) == 3)
        }
    }

    @Test func aReadIsSentAgainWhenItsConnectionIsLost() async throws {
        try await withClient({ $0.connections = 1 }) { client, configuration async throws in
            _ = try await client.query("create sequence runs")
            let read = Segment(statements: ["select nextval('runs'), pg_sleep(0.5)"], isReadOnly: true)
            let work = Task { try await client.run(read)[0].decodeOne(Int64.self, String.self) }
            try await Task.sleep(for: .milliseconds(150))
            try await TestDatabase.admin(
                configuration.connectionString,
                "select pg_terminate_backend(pid) from pg_stat_activity where query like '%nextval%' and pid <> pg_backend_pid()"
            )
            // pg_sleep returns void, which has no text to decode: the first column tells.
            _ = try? await work.value
            #expect(try await client.query("select last_value from runs").decodeOne(Int64.self) == 2)
        }
    }

    @Test func aStalePlanIsPreparedAgain() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            _ = try await client.query("create table t (a int)")
            _ = try await client.query("insert into t values (1)")
            let scope = StatementScope(owner: 7, generation: 1)
            let list = Segment(scope: scope, statements: ["select * from t"])
            for _ in 0..<5 { _ = try await client.run(list) }
            _ = try await client.query("alter table t add b text default 'new'")
            let rows = try await client.run(list)[0]
            #expect(rows.columns == ["a", "b"])
        }
    }

    @Test func namesForgottenByTheServerAreMadeAgain() async throws {
        try await withClient({ $0.connections = 1 }) { client, _ async throws in
            for _ in 0..<5 { _ = try await client.query("select 'warm'") }
            _ = try await client.query("deallocate all")
            for _ in 0..<5 { #expect(try await client.query("select 'warm'").decodeOne(String.self) == "warm") }
        }
    }

    @Test func preparedNamesAreBounded() async throws {
        try await withClient({
            $0.connections = 1
            $0.preparedStatements = 16
        }) { client, _ async throws in
            for owner in 1...200 {
                let segment = Segment(scope: .init(owner: UInt64(owner), generation: 1), statements: ["select 5"])
                for _ in 0..<4 { _ = try await client.run(segment) }
            }
            let count = try await client.query("select count(*) from pg_prepared_statements").decodeOne(Int64.self)
            #expect((1...16).contains(count))
        }
    }

    @Test func aConnectionThatHasServedItsTimeIsReplaced() async throws {
        try await withClient({
            $0.connections = 2
            $0.segmentsPerConnection = 20
        }) { client, _ async throws in
            var backends: Set<Int32> = []
            for _ in 0..<400 {
                backends.insert(try await client.query("select pg_backend_pid()").decodeOne(Int32.self))
                if backends.count > 3 { break }
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(backends.count > 3)
            let open = try await client.query(
                "select count(*) from pg_stat_activity where datname = current_database()"
            )
            #expect(try open.decodeOne(Int64.self) <= 4)
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

    @Test func hugeAndEmptyAnswers() async throws {
        try await withClient { client, _ async throws in
            let text = try await client.query("select repeat('ab', 8000000)").decodeOne(String.self)
            #expect(text.utf8.count == 16_000_000)
            #expect(try await client.query("select 1 where false").isEmpty)
            #expect(try await client.query("select n from generate_series(1, 100000) n").count == 100_000)
            let big = String(repeating: "z", count: 20_000_000)
            #expect(try await client.query("select length(\(big))").decodeOne(Int32.self) == 20_000_000)
        }
    }

    @Test func aTransactionCommitsOrRollsBack() async throws {
        try await withClient { client, _ async throws in
            _ = try await client.query("create table t (id int)")
            try await client.withTransaction { _ = try await $0.query("insert into t values (1)") }
            struct Stop: Error {}
            await #expect(throws: Stop.self) {
                try await client.withTransaction { connection in
                    _ = try await connection.query("insert into t values (2)")
                    throw Stop()
                }
            }
            let ids = try await client.query("select array_agg(id) from t").decodeOne([Int32].self)
            #expect(ids == [1])
        }
    }

    @Test func aLeaseComesBackClean() async throws {
        try await withClient({ $0.leases = 1 }) { client, _ async throws in
            let first = try await client.withConnection { connection in
                _ = try await connection.query("set work_mem = '77kB'")
                _ = try await connection.query("begin")
                return try await connection.query("select pg_backend_pid()").decodeOne(Int32.self)
            }
            let second = try await client.withConnection { connection in
                try await connection.query("select pg_backend_pid(), current_setting('work_mem')")
                    .decodeOne(Int32.self, String.self)
            }
            #expect(second.0 != first, "a connection in a transaction was handed on")
            #expect(second.1 != "77kB")
            let third = try await client.withConnection { connection in
                _ = try await connection.query("set work_mem = '78kB'")
                return try await connection.query("select pg_backend_pid()").decodeOne(Int32.self)
            }
            #expect(third == second.0, "an idle connection is used again")
            let workMem = try await client.withConnection {
                try await $0.query("select current_setting('work_mem')").decodeOne(String.self)
            }
            #expect(workMem != "78kB")
        }
    }

    @Test func copyGoesInAndOut() async throws {
        try await withClient { client, _ async throws in
            _ = try await client.query("create table t (id int, name text)")
            let chunks = AsyncStream<[UInt8]> { stream in
                for id in 0..<50_000 { stream.yield(Array("\(id)\tname \(id)\n".utf8)) }
                stream.finish()
            }
            let count = try await client.withConnection { try await $0.copyIn("copy t from stdin", from: chunks) }
            #expect(count == 50_000)
            let received = Received()
            try await client.withConnection { connection in
                try await connection.copyOut("copy t to stdout") { await received.add($0.count) }
                #expect(try await connection.query("select 1").decodeOne(Int32.self) == 1)
            }
            #expect(await received.total > 500_000)
        }
    }

    @Test func badCopyInIsRolledBack() async throws {
        try await withClient { client, _ async throws in
            _ = try await client.query("create table t (id int)")
            let chunks = AsyncStream<[UInt8]> { stream in
                stream.yield(Array("1\nx\n".utf8))
                stream.finish()
            }
            let state = await sqlState {
                try await client.withConnection { _ = try await $0.copyIn("copy t from stdin", from: chunks) }
            }
            #expect(state == "22P02")
            #expect(try await client.query("select count(*) from t").decodeOne(Int64.self) == 0)
        }
    }

    @Test func notificationsArriveInOrder() async throws {
        try await withClient { client, _ async throws in
            let payloads = try await client.withConnection { connection in
                let stream = try await connection.notifications(on: Identifier("news"))
                for number in 0..<5 { _ = try await client.query("select pg_notify('news', \("\(number)"))") }
                var got: [String] = []
                for await notification in stream {
                    got.append(notification.payload)
                    if got.count == 5 { break }
                }
                return got
            }
            #expect(payloads == ["0", "1", "2", "3", "4"])
        }
    }

    @Test func aScriptIsOneTransaction() async throws {
        try await withClient { client, _ async throws in
            let state = await sqlState {
                try await client.withConnection {
                    _ = try await $0.execute(script: "create table a (id int); select 1/0; create table b (id int)")
                }
            }
            #expect(state == "22012")
            #expect(try await client.query("select to_regclass('a') is null").decodeOne(Bool.self))
            let rows = try await client.withConnection { try await $0.execute(script: "select 42; select null") }
            #expect(rows[0][0].text(at: 0) == "42" && rows[1][0].text(at: 0) == nil)
        }
    }

    @Test func noServerIsAnErrorThatSaysSo() async throws {
        var configuration = PostgresConfiguration(connectionString: "host=/nonexistent dbname=x")
        configuration.timeout = .seconds(2)
        let final = configuration
        try await PostgresClient.withClient(final, logger: TestDatabase.logger) { client in
            let code = await self.code { _ = try await client.query("select 1") }
            #expect(code == .connectionFailed)
            let leased = await self.code { try await client.withConnection { _ in } }
            #expect(leased == .connectionFailed)
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

    private actor Received {
        var total = 0
        func add(_ count: Int) { total += count }
    }
}
