import Foundation
import Testing

@testable import Settings

/// Which source gives a setting, and what a setting may be.
@Suite struct SettingsTests {
    @Test func theDefaults() throws {
        let settings = try Settings(environment: [:])
        #expect(settings.database == .embedded(folder: ".polls"))
        #expect(settings.adminDatabase == nil)
        #expect(settings.baseDomain == "polls.localhost")
        #expect(settings.host == "127.0.0.1")
        #expect(settings.port == 8080)
        #expect(settings.connections == 4)
        #expect(settings.logLevel == .info)
        #expect(settings.logFormat == .text)
        #expect(settings.limits == ServerLimits())
    }

    @Test func flagsGoBeforeTheEnvironmentAndThatBeforeTheFile() throws {
        try withFile(#"{"PORT": 1, "HOST": "file", "polls": {"base-domain": "file.test", "request_timeout": 12.5}}"#) {
            let environment = ["PORT": "2", "HOST": "environment", "POLLS_CONFIG": $0]
            let settings = try Settings(flags: ["PORT": "3"], environment: environment)
            #expect(settings.port == 3)
            #expect(settings.host == "environment")
            #expect(settings.baseDomain == "file.test")
            #expect(settings.limits.requestTimeout == .milliseconds(12_500))
        }
    }

    @Test func anEmptyValueIsNone() throws {
        #expect(try Settings(environment: ["PORT": "", "DATABASE_URL": ""]) == Settings(environment: [:]))
    }

    @Test(
        arguments: [
            (["DATABASE_URL": "postgres://a", "PGHOST": "b", "DATABASE_NAME": "c"], .server(Secret("postgres://a"))),
            (["PGHOST": "b", "DATABASE_NAME": "c"], .environment),
            (["PGSERVICE": "b"], .environment),
            (["PGUSER": "b"], .embedded(folder: ".polls")),
            (
                ["DATABASE_NAME": "c", "DATABASE_USER": "o'b", "DATABASE_PASSWORD": "\\", "DATABASE_PORT": "6"],
                .server(Secret(#"dbname='c' password='\\' port='6' user='o\'b'"#))
            ),
            (["DATABASE_USER": "u", "POLLS_DATA": "/d"], .embedded(folder: "/d")),
        ] as [([String: String], DatabaseLocation)]
    )
    func whereTheDatabaseIs(environment: [String: String], expected: DatabaseLocation) throws {
        let found = try Settings(environment: environment).database
        #expect(found == expected)
    }

    @Test func aFlaggedFolderGoesBeforeTheEnvironmentsServer() throws {
        let environment = ["DATABASE_URL": "postgres://a", "POLLS_ADMIN_DATABASE_URL": "postgres://b"]
        let settings = try Settings(flags: ["POLLS_DATA": "/d"], environment: environment)
        #expect(settings.database == .embedded(folder: "/d"))
        #expect(settings.adminDatabase == nil)
    }

    @Test func onlyAnOperatorFindsTheDatabaseThroughTheEngine() async throws {
        let settings = try Settings(environment: ["DATABASE_URL": "docker:"])
        #expect(settings.database == .engine)
        #expect(try Settings(environment: ["POLLS_ADMIN_DATABASE_URL": "docker:"]).adminDatabase == .engine)
        await #expect(throws: SettingsError.self) {
            try await Database.open(settings, as: .app, logger: .init(label: "test"))
        }
    }

    @Test func onlyAnOperatorUsesTheOperatorsLogin() async throws {
        let environment = ["DATABASE_URL": "postgres://app", "POLLS_ADMIN_DATABASE_URL": "postgres://operator"]
        let settings = try Settings(environment: environment)
        let server = try await Database.open(settings, as: .app, logger: .init(label: "test"))
        let admin = try await Database.open(settings, as: .operator, logger: .init(label: "test"))
        #expect(server.configuration.connectionString == "postgres://app")
        #expect(server.configuration.serverSettings["statement_timeout"] == "5000")
        #expect(admin.configuration.connectionString == "postgres://operator")
        #expect(server.embedded == nil)
    }

    @Test(arguments: [
        ("PORT", "http", "a number from 0 to 65535"),
        ("PORT", "65536", "a number from 0 to 65535"),
        ("DATABASE_PORT", "0", "a number from 1 to 65535"),
        ("POLLS_CONNECTIONS", "0", "a number from 1 to 1000"),
        ("POLLS_BASE_DOMAIN", "polls..localhost", "a domain such as polls.localhost"),
        ("POLLS_BASE_DOMAIN", "-polls", "a domain such as polls.localhost"),
        ("POLLS_LOG_LEVEL", "loud", "one of trace, debug, info, notice, warning, error, critical"),
        ("POLLS_LOG_FORMAT", "xml", "one of text, json"),
        ("POLLS_REQUEST_TIMEOUT", "-1", "seconds, more than 0 and at most 86400"),
        ("POLLS_REQUEST_TIMEOUT", "nan", "seconds, more than 0 and at most 86400"),
    ])
    func aBadValueIsNamed(name: String, value: String, expected: String) {
        let error = #expect(throws: SettingsError.self) {
            try Settings(environment: [name: value, "DATABASE_NAME": "polls"])
        }
        #expect(error?.description == "\(name) is \"\(value)\"; it has to be \(expected)")
    }

    @Test func aBadValueIsNamedAsItWasGiven() throws {
        func complaint(_ flags: [String: String], _ environment: [String: String]) -> String? {
            #expect(throws: SettingsError.self) { try Settings(flags: flags, environment: environment) }?.description
        }
        let end = " is \"x\"; it has to be one of docker, process"
        #expect(complaint(["POLLS_RUNTIME": "x"], ["POLLS_RUNTIME": "y"]) == "--runtime" + end)
        #expect(complaint([:], ["POLLS_RUNTIME": "x"]) == "POLLS_RUNTIME" + end)
        try withFile(#"{"polls": {"runtime": "x"}}"#) { path in
            #expect(complaint(["POLLS_CONFIG": path], ["POLLS_RUNTIME": ""]) == "POLLS_RUNTIME of \(path)" + end)
        }
        try withFile(#"{"base-domain": "x.example"}"#) { path in
            #expect(complaint(["POLLS_CONFIG": path], [:])?.hasSuffix("no setting; POLLS_BASE_DOMAIN is") == true)
        }
    }

    /// A request would be cut off before it could be told why.
    @Test(arguments: [("10", nil), ("10.5", nil), ("5", "5"), ("1", "1")] as [(String, String?)])
    func aStatementEndsBeforeItsRequest(statement: String, request: String?) {
        var environment = ["DATABASE_NAME": "polls", "POLLS_STATEMENT_TIMEOUT": statement]
        environment["POLLS_REQUEST_TIMEOUT"] = request
        let error = #expect(throws: SettingsError.self) { try Settings(environment: environment) }
        #expect(error?.name == "POLLS_STATEMENT_TIMEOUT")
        #expect(error?.description.contains("POLLS_REQUEST_TIMEOUT") == true)
    }

    /// Who shortens a request's time alone gets a server that starts.
    @Test(arguments: [("20", 5_000), ("10", 5_000), ("5", 2_500), ("0.002", 1)])
    func aStatementHasHalfOfAShortRequestsTime(request: String, milliseconds: Int) throws {
        let settings = try Settings(environment: ["DATABASE_NAME": "polls", "POLLS_REQUEST_TIMEOUT": request])
        #expect(settings.limits.statementTimeout == .milliseconds(milliseconds))
    }

    @Test func aMisspeltSettingOfTheFileIsNamed() throws {
        try withFile(#"{"PORT": 1, "port": 2}"#) { path in
            let error = #expect(throws: SettingsError.self) { try Settings(environment: ["POLLS_CONFIG": path]) }
            #expect(error?.description == "the configuration file \(path) has PORT twice")
        }
        try withFile(#"{"polls": {"conections": 4}}"#) { path in
            let error = #expect(throws: SettingsError.self) { try Settings(environment: ["POLLS_CONFIG": path]) }
            #expect(error?.description == "\(path) has POLLS_CONECTIONS, which is no setting")
        }
    }

    @Test(arguments: ["", "[]", #"{"PORT": [1]}"#, "{"]) func aFileThatIsNoObject(text: String) throws {
        try withFile(text) { path in
            let error = #expect(throws: SettingsError.self) { try Settings(flags: ["POLLS_CONFIG": path]) }
            #expect(error?.code == .file)
        }
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: SettingsError.self) { try Settings(flags: ["POLLS_CONFIG": "/nonexistent"]) }
        #expect(error?.description == "the configuration file /nonexistent cannot be read")
    }

    @Test func noDumpShowsAPassword() throws {
        let environment = ["DATABASE_URL": "postgres://u:hunter2@h", "POLLS_ADMIN_DATABASE_URL": "password=hunter2"]
        let settings = try Settings(environment: environment)
        var text = "\(settings) \(String(reflecting: settings))"
        dump(settings, to: &text)
        #expect(!text.contains("hunter2"))
    }

    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let path = "/tmp/polls-settings-\(UUID().uuidString).json"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }
}
