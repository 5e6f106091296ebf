import Foundation
import Postgres
import Tenancy
import TestSupport
import Testing

/// No tenant reaches another: not by mistake, not in a storm of faults, not with SQL of its own.
@Suite struct IsolationTests {
    private func sqlState(_ body: () async throws -> Void) async -> SQLState? {
        do {
            try await body()
            return nil
        } catch { return (error as? PostgresError)?.sqlState }
    }

    /// Two tenants, each with a poll that carries its owner's marker.
    private func withTwo(
        _ body: @Sendable @escaping (TestServer, TenantSession, PostgresClient) async throws -> Void
    ) async throws {
        try await TestServer.with(open: ["potter", "thor"], change: { $0.connections = 1 }) { server in
            for name in ["potter", "thor"] {
                try await server.ask(name, "POST", "/polls/", "{\"question\":\"of \(name)\",\"choices\":[\"\(name)\"]}")
            }
            try await server.withSession(of: "potter") { session, client in try await body(server, session, client) }
        }
    }

    private static let hostile = [
        "select question from \"thor\".question",
        "select set_config('role', (select role_name from polls_control.tenant where name = 'thor'), true)",
        "select set_config('search_path', 'thor', false)",
        "select set_config('search_path', 'thor', true), query_to_xml('select question from question', true, true, '')",
        "select query_to_xml('select question from thor.question', true, true, '')",
        "select query_to_xml('set role postgres', true, true, '')",
        "do $$ begin execute 'reset role'; perform * from thor.question; end $$",
        "create temporary table question (id bigint)", "create table extra (id int)", "create schema other",
        "create function pg_temp.f() returns int language sql as 'select 1'",
        "select * from polls_control.tenant", "select * from pg_authid", "copy question to '/tmp/x'",
        "alter table question disable trigger all", "drop table question", "set session authorization postgres",
        "select lo_import('/etc/passwd')", "select pg_read_file('/etc/passwd')",
    ]

    @Test func hostileSQLIsRefused() async throws {
        try await withTwo { _, session, _ in
            for text in Self.hostile {
                do {
                    let rows = try await session.run(["\(unsafeRaw: text)"])
                    Issue.record("\(text) was run, and gave \(rows[0].count) rows")
                } catch is PostgresError {} catch is TenancyError {}
            }
        }
    }

    private static let tampering = [
        "reset role", "set role none", "set search_path to thor", "set session role none",
        "set local search_path to thor", "discard all", "deallocate all", "begin", "commit", "rollback",
        "listen polls_tenant", "select pg_advisory_lock(1)", "set work_mem to '64kB'", "reset all",
    ]

    @Test func tamperingEndsWithItsStatement() async throws {
        try await withTwo { server, session, client in
            for text in Self.tampering {
                _ = try? await session.run(["\(unsafeRaw: text)"])
                for _ in 0..<3 {
                    let mine = try await session.run(["select question from question"])[0].decode(String.self)
                    #expect(mine == ["of potter"], "after \(text)")
                }
                let other = await self.sqlState { _ = try await client.query("select * from thor.question") }
                #expect(other == .insufficientPrivilege, "after \(text)")
            }
        }
    }

    @Test func outsideOfATenantNothingIsFound() async throws {
        try await withTwo { _, _, client in
            let state = await self.sqlState { _ = try await client.query("select * from question") }
            #expect(state == .undefinedTable)
        }
    }

    @Test func aDroppedSchemaFailsClosed() async throws {
        try await withTwo { server, session, _ in
            _ = try await server.operatorClient.query("alter schema potter rename to away")
            _ = try await server.operatorClient.query("alter schema thor rename to potter")
            let mine = try await session.run(["select question from question"])[0].decode(String.self)
            #expect(mine == ["of potter"], "a schema is entered by oid, whatever its name")
            _ = try await server.operatorClient.query("drop schema away cascade")
            await #expect(throws: TenancyError.schemaUnavailable(tenant: "potter")) {
                _ = try await session.run(["select question from question"])
            }
            let answer = try await server.ask("potter", "GET", "/polls/")
            #expect(answer.status == 503)
            #expect(!answer.body.contains("thor"))
            _ = try await server.operatorClient.query("alter schema potter rename to thor")
        }
    }

    @Test func withoutRolesTheSchemaStillFailsClosed() async throws {
        try await TestServer.with(open: ["potter", "thor"], tenantRoles: false, change: { $0.connections = 1 }) {
            server in
            for name in ["potter", "thor"] {
                try await server.ask(name, "POST", "/polls/", "{\"question\":\"of \(name)\"}")
            }
            for name in ["potter", "thor", "potter"] {
                #expect(try await server.ask(name, "GET", "/polls/").body.contains("of \(name)"))
            }
            try await server.withSession(of: "potter") { session, client in
                let state = await self.sqlState { _ = try await client.query("select * from question") }
                #expect(state == .undefinedTable)
            }
        }
    }
}
