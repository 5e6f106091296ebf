import ArgumentParser
import Foundation
import Testing

@testable import Settings
@testable import polls_admin
@testable import polls_server

/// The command lines of both tools, and the table of the manual that says what they have.
@Suite struct FlagTests {
    /// A setting, and three values of it: the file's, the environment's and the flag's.
    @Test(
        arguments: [
            ("DATABASE_URL", ["host=file", "host=environment", "host=flag"], \.database.shown),
            ("POLLS_BASE_DOMAIN", ["file.test", "environment.test", "flag.test"], \.baseDomain),
            ("HOST", ["10.0.0.1", "10.0.0.2", "10.0.0.3"], \.host),
            ("PORT", ["1", "2", "3"], \.port.description),
            ("POLLS_CONNECTIONS", ["1", "2", "3"], \.connections.description),
            ("POLLS_TENANT", ["file", "environment", "flag"], \.tenant.shown),
            ("POLLS_LOG_LEVEL", ["trace", "debug", "error"], \.logLevel.rawValue),
            (
                "POLLS_REQUEST_TIMEOUT", ["21.0 seconds", "22.0 seconds", "23.0 seconds"],
                \.limits.requestTimeout.description
            ),
            ("POLLS_MAX_BODY", ["1", "2", "3"], \.limits.maxBody.description),
        ] as [(String, [String], KeyPath<Settings, String> & Sendable)]
    )
    func aFlagGoesBeforeTheEnvironmentAndThatBeforeTheFile(
        setting: String,
        shown: [String],
        read: KeyPath<Settings, String> & Sendable
    ) throws {
        let values = shown.map { $0.replacing(".0 seconds", with: "") }
        let path = "/tmp/polls-settings-\(UUID().uuidString).json"
        try #"{"\#(setting)": "\#(values[0])"}"#.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }

        func found(_ environment: [String: String], _ flags: [String]) throws -> String {
            let options = try ServerOptions.parse(["--config", path] + flags)
            return try Settings(flags: options.groups, environment: environment)[keyPath: read]
        }
        #expect(try found([:], []) == shown[0])
        #expect(try found([setting: values[1]], []) == shown[1])
        #expect(try found([setting: values[1]], [flag(setting), values[2]]) == shown[2])
    }

    @Test(arguments: Manual.settings) func theManualSaysWhoseFlagItIs(_ row: Manual.Row) throws {
        let tools: [(String, [any SettingFlags]?, String)] = [
            (
                "server", try? ServerOptions.parse([flag(row.name), "x"]).groups,
                ServerOptions.helpMessage(columns: 999)
            ),
            ("admin", try? SharedOptions.parse([flag(row.name), "x"]).groups, SharedOptions.helpMessage(columns: 999)),
        ]
        for (tool, groups, help) in tools {
            let isItsOwn = row.tool == tool || row.tool == "both"
            let given = groups?.reduce(into: [:]) { $0.merge($1.values) { $1 } }
            #expect(given == (isItsOwn ? [row.name: "x"] : nil), "polls-\(tool) \(flag(row.name))")
            let origin = row.standard.isEmpty ? row.name : "\(row.name); \(row.standard)"
            // What is logged by default is each tool's own affair.
            let isSaid = help.contains("(\(origin))") || row.name == "POLLS_LOG_LEVEL"
            #expect(isSaid || !isItsOwn, "the help of polls-\(tool) does not say (\(origin))")
        }
    }

    @Test func theManualHasEverySetting() {
        #expect(Set(Manual.settings.map(\.name)) == Settings.names.union(["POLLS_CONFIG"]))
    }

    /// Whatever else names a database, the command line's is meant.
    @Test(
        arguments: [
            (["--database-name", "n"], .server(Secret("dbname='n' user='u'"))),
            (["--database-port", "6", "--database-user", "me"], .server(Secret("port='6' user='me'"))),
            (["--data", "/d", "--database-host", "h"], .server(Secret("host='h' user='u'"))),
            (["--database-url", "host=x", "--database-host", "h"], .server(Secret("host=x"))),
            (["--data", "/d"], .embedded(folder: "/d")),
        ] as [([String], DatabaseLocation)]
    )
    func aDatabaseOfTheCommandLineIsMeant(arguments: [String], expected: DatabaseLocation) throws {
        let environment = [
            "DATABASE_URL": "host=a", "PGHOST": "b", "DATABASE_USER": "u", "POLLS_ADMIN_DATABASE_URL": "host=c",
        ]
        let server = try Settings(flags: ServerOptions.parse(arguments).groups, environment: environment)
        let admin = try Settings(flags: SharedOptions.parse(arguments).groups, environment: environment)
        #expect(server.database == expected)
        #expect(admin.database == expected)
        #expect(admin.adminDatabase == nil)
    }

    private func flag(_ setting: String) -> String {
        "--" + setting.replacing("POLLS_", with: "").lowercased().replacing("_", with: "-")
    }
}

extension DatabaseLocation {
    /// For a comparison; what it holds here is no secret.
    fileprivate var shown: String {
        guard case .server(let url) = self else { return "\(self)" }
        return url.revealed
    }
}

extension String? {
    fileprivate var shown: String { self ?? "none" }
}
