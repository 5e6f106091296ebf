import Postgres
import Testing

/// Connections leased to one caller: transactions, scripts, COPY and LISTEN.
@Suite struct LeaseTests {
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

    @Test func oneStatementIsOne() async throws {
        try await withClient { client, _ async throws in
            try await client.withConnection { connection in
                let rows = try await connection.execute(statement: "select 1.50::numeric, null")
                #expect(rows[0].text(at: 0) == "1.50" && rows[0].text(at: 1) == nil)
                #expect(try await connection.execute(statement: "create table t (id int)").isEmpty)
                let state = await sqlState { try await connection.execute(statement: "select 1; drop table t") }
                #expect(state == "42601")
                #expect(try await connection.query("select to_regclass('t') is not null").decodeOne(Bool.self))
            }
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

    @Test func cancellingTheCallerStopsItsStatement() async throws {
        try await withClient { client, _ async throws in
            try await Hold.with(client) { hold in
                let task = Task {
                    try await client.withConnection { try await $0.query("select from \(unsafeRaw: Hold.wait)") }
                }
                try await hold.stopped(1)
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                try await hold.stopped(0)
            }
        }
    }

    @Test func cancellingTheCallerStopsItsScript() async throws {
        try await withClient { client, _ async throws in
            try await Hold.with(client) { hold in
                let task = Task {
                    await sqlState {
                        try await client.withConnection {
                            _ = try await $0.execute(script: "select from \(unsafeRaw: Hold.wait)")
                        }
                    }
                }
                try await hold.stopped(1)
                task.cancel()
                #expect(await task.value == .queryCanceled)
                try await hold.stopped(0)
            }
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

    private actor Received {
        var total = 0
        func add(_ count: Int) { total += count }
    }
}
