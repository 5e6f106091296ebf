import Testing

@testable import Provisioning

/// Where statements end, and which of them an operator's script may not hold.
@Suite struct SQLScriptTests {
    @Test(arguments: [
        ("", []), (" \n;; -- nothing\n /* at all */ ", []), ("select 1", ["select 1"]), ("select 1;", ["select 1"]),
        ("a;b ; c", ["a", "b", "c"]), ("select ';'; b", ["select ';'", "b"]),
        ("select 'it''s;'; b", ["select 'it''s;'", "b"]), (#"select '\'; b"#, [#"select '\'"#, "b"]),
        (#"select E'\';'; b"#, [#"select E'\';'"#, "b"]), (#"select e'\\'; b"#, [#"select e'\\'"#, "b"]),
        ("select E'a''\\';'; b", ["select E'a''\\';'", "b"]), ("select E'a'\n'\\';'; b", ["select E'a'\n'\\';'", "b"]),
        (#"select type'\'; b"#, [#"select type'\'"#, "b"]), (#"select U&'\'; b"#, [#"select U&'\'"#, "b"]),
        (#"select ";"; b"#, [#"select ";""#, "b"]), (#"select "a"";"; b"#, [#"select "a"";""#, "b"]),
        ("select $$;$$; b", ["select $$;$$", "b"]), ("select $a$;$$;$a$; b", ["select $a$;$$;$a$", "b"]),
        ("select $1; b", ["select $1", "b"]), ("select a$b$; b", ["select a$b$", "b"]),
        ("select $ä$;$ä$; b", ["select $ä$;$ä$", "b"]), ("select 1 -- ;\n; b", ["select 1 -- ;", "b"]),
        ("select /* ; /* ; */ ; */ 1; b", ["select /* ; /* ; */ ; */ 1", "b"]),
        ("select '--'; b", ["select '--'", "b"]),
        ("select 1 /* ' */; b", ["select 1 /* ' */", "b"]), ("select 5 -1; b", ["select 5 -1", "b"]),
        (
            "create rule r as on insert to t do also (delete from a; delete from b); c",
            ["create rule r as on insert to t do also (delete from a; delete from b)", "c"]
        ),
        (
            "create function f() returns int begin atomic select case when true then 1 end; select 2; end; c",
            ["create function f() returns int begin atomic select case when true then 1 end; select 2; end", "c"]
        ),
        (
            "create or replace procedure p() begin atomic select 1; end; c",
            ["create or replace procedure p() begin atomic select 1; end", "c"]
        ),
        ("select ';", ["select ';"]), ("select $$;", ["select $$;"]), ("select 1 /* ;", ["select 1 /* ;"]),
        ("select (1; b", ["select (1; b"]), ("select 1); b", ["select 1)", "b"]),
    ])
    func splits(text: String, statements: [String]) {
        #expect(SQLScript(text).statements.map(\.text) == statements)
    }

    @Test func knowsLinesAndWords() {
        let script = SQLScript("-- one\nselect 'a\nb';\n\n  ROLLBACK /* x */ Work\nTO \"s\" ")
        #expect(script.statements.map(\.line) == [2, 5])
        #expect(script.statements.map(\.words) == [["select"], ["rollback", "work", "to"]])
    }

    @Test(arguments: [
        "begin", "BEGIN WORK", "start transaction", "commit", "Commit and chain", "commit prepared 'x'", "end", "abort",
        "rollback", "rollback work", "rollback and chain", "rollback prepared 'x'", "prepare transaction 'x'",
        "/* select */ commit", "-- select\ncommit", "commit;",
    ])
    func refusesTransactionControl(text: String) {
        #expect(SQLScript(text).statements.first?.controlsTransaction == true)
    }

    @Test(arguments: [
        "set role postgres", "SET ROLE none", "reset role", "set local role a", "set session role a",
        "set session authorization a", "set local session authorization a", "set session session authorization a",
        "reset session authorization",
    ])
    func refusesAnotherRole(text: String) {
        #expect(SQLScript(text).statements.first?.changesRole == true)
    }

    @Test(arguments: [
        "savepoint s", "release s", "release savepoint s", "rollback to s", "rollback work to savepoint s",
        "rollback transaction to s", "prepare p as select 1", "select 'commit'", "\"commit\"", "create role a",
        "set local statement_timeout = 5", "set session characteristics as transaction read only", "reset all",
        "alter table t set (a = 1)", "create function f() returns int begin atomic select 1; end",
    ])
    func letsOthersThrough(text: String) {
        let script = SQLScript(text)
        #expect(script.statements.count == 1)
        #expect(!script.statements.contains { $0.controlsTransaction || $0.changesRole })
    }
}
