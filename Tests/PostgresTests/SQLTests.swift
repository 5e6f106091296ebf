import Testing

@testable import Postgres

@Suite struct SQLTests {
    @Test func interpolationBinds() throws {
        let hostile = "'; drop table question; --"
        let statement: SQL = "select * from question where question = \(hostile) and id > \(Int64(5))"
        #expect(statement.text == "select * from question where question = $1 and id > $2")
        #expect(statement.parameters.types == [25, 20])
    }

    @Test func identifiersAreQuoted() throws {
        let statement: SQL = "create schema \(try Identifier("a\"b"))"
        #expect(statement.text == "create schema \"a\"\"b\"")
        #expect(statement.parameters.count == 0)
    }

    @Test(arguments: ["", String(repeating: "a", count: 64), "a\0b"])
    func noIdentifierIsCut(_ name: String) {
        #expect(throws: PostgresError.self) { try Identifier(name) }
    }

    @Test func settingsTravelAsOptions() throws {
        var configuration = PostgresConfiguration(connectionString: "host=/tmp options='-c geqo=off'")
        configuration.serverSettings = ["search_path": "a b\\"]
        let options = try ConnectionOptions(configuration)
        #expect(options.values["options"] == "-c geqo=off -c search_path=a\\ b\\\\")
        #expect(options.values["client_encoding"] == "UTF8")
    }

    @Test func aBadConnectionStringSaysSo() {
        #expect(throws: PostgresError.self) {
            try ConnectionOptions(PostgresConfiguration(connectionString: "hots=x"))
        }
    }

    @Test func theBackoffGrowsToItsLimit() {
        var backoff = Backoff()
        var random = SystemRandomNumberGenerator()
        let waits = (0..<12).map { _ in backoff.failed(using: &random) }
        #expect(waits[0] <= Backoff.first)
        #expect(waits.allSatisfy { $0 <= Backoff.longest })
        #expect(waits[11] >= Backoff.longest / 2)
        backoff.succeeded()
        #expect(backoff.failed(using: &random) <= Backoff.first)
    }
}
