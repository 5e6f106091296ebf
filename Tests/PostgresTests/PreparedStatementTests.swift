import Postgres
import TestSupport
import Testing

/// Named statements, and the connections that hold them.
@Suite struct PreparedStatementTests {
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

    @Test func aConnectionThatHasServedItsOwnersIsReplaced() async throws {
        try await withClient({
            $0.connections = 2
            $0.ownersPerConnection = 20
        }) { client, _ async throws in
            func backend(_ owner: UInt64) async throws -> Int32 {
                let scope = StatementScope(owner: owner, generation: 1)
                return try await client.run(Segment(scope: scope, statements: ["select pg_backend_pid()"]))[0]
                    .decodeOne(Int32.self)
            }
            var backends: Set<Int32> = []
            for round in 0..<500 as Range<UInt64> { backends.insert(try await backend(round % 10)) }
            #expect(backends.count <= 2, "ten owners are few, however much they ask for")
            var owner: UInt64 = 10
            let isReplaced = try await eventually {
                owner += 1
                backends.insert(try await backend(owner))
                return backends.count > 3
            }
            #expect(isReplaced, "only \(backends.count) backends have served")
            let areClosed = try await eventually {
                try await client.query("select count(*) from pg_stat_activity where datname = current_database()")
                    .decodeOne(Int64.self) <= 4
            }
            #expect(areClosed, "replaced connections stay open")
        }
    }
}
