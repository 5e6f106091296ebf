import Testing

@testable import Postgres

/// Connection strings, taken apart and put together as libpq reads them.
@Suite struct ConnectionStringTests {
    @Test(arguments: [
        "plain", "", " ", "two words", "it's", #"back\slash"#, #"\'"#, #"ends in \"#, "'\u{301}", "line\nbreak", "=",
        "müller",
    ])
    func whatIsWrittenIsReadAgain(value: String) throws {
        let written = ConnectionString(values: ["host": "/run", "password": value, "dbname": value])
        #expect(try ConnectionString(written.text) == written, "\(written.text)")
    }

    @Test func valuesAreQuotedAndInOrder() {
        let text = ConnectionString(values: ["user": #"o'b\"#, "dbname": ""]).text
        #expect(text == #"dbname='' user='o\'b\\'"#)
    }

    @Test func aURIGivesTheSameValues() throws {
        let values = try ConnectionString("postgresql://me:p%27w@db:6543/x?sslmode=require").values
        #expect(values["user"] == "me" && values["password"] == "p'w" && values["host"] == "db")
        #expect(values["port"] == "6543" && values["dbname"] == "x" && values["sslmode"] == "require")
    }

    @Test(arguments: ["postgre://me:secret@localhost/x", "password=secret host", "nonsense"])
    func whatCannotBeReadIsNotQuoted(text: String) {
        let error = #expect(throws: PostgresError.self) { try ConnectionString(text) }
        #expect(error?.code == .invalidUse && error?.message.contains("secret") == false)
    }

    @Test func serverSettingsFollowTheOptionsThatAreThere() {
        let settings = ["search_path": #"a b\c"#, "role": "r"]
        #expect(ConnectionString.options("-c x=1", settings: settings) == #"-c x=1 -c role=r -c search_path=a\ b\\c"#)
        #expect(ConnectionString.options(nil, settings: [:]) == nil)
    }

    @Test func whatTheStringSaysGoesBeforeTheClientsOwn() throws {
        var configuration = PostgresConfiguration(
            connectionString: "host=h keepalives_idle=99 connect_timeout=3 options='-c a=b'"
        )
        configuration.serverSettings["role"] = "r"
        let values = try ConnectionOptions(configuration).values
        #expect(values["keepalives_idle"] == "99" && values["connect_timeout"] == "3")
        #expect(values["options"] == "-c a=b -c role=r")
        // Who only listens notices a host that has vanished.
        #expect(values["keepalives_interval"] != nil && values["tcp_user_timeout"] != nil)
    }

    @Test func aServerTakesTheSettings() async throws {
        let value = #"a  b\'""#
        try await withClient({ $0.serverSettings["test.value"] = value }) { client, _ async throws in
            #expect(try await client.query("select current_setting('test.value')").decodeOne(String.self) == value)
        }
    }
}
