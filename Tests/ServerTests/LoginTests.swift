import Postgres
import TestSupport
import Testing

/// Logins that could do more than enter tenants: the server does not serve with them.
@Suite struct LoginTests {
    /// It ends by itself with 1, and says what is wrong and what to do.
    private func expectRefusal(_ reason: String, _ installation: TestInstallation, _ url: String? = nil) async throws {
        let settings = url.map { ["DATABASE_URL": $0] } ?? [:]
        let end = try await ServerProcess.refusal(installation, settings: settings)
        #expect(end.status == 1, "\(end)")
        #expect(end.log.contains(reason), "\(end.log)")
        #expect(end.log.contains("run `polls-admin init`"), "\(end.log)")
        #expect(!end.log.contains("test-password"))
        #expect(!end.log.contains("Cancel"), "nothing else is said: \(end.log)")
    }

    @Test func aSuperuserIsRefused() async throws {
        try await TestInstallation.with { installation in
            try await expectRefusal("is a superuser", installation, installation.operatorConfiguration.connectionString)
        }
    }

    @Test(arguments: [
        ("alter role \"LOGIN\" createrole", "may create roles"),
        ("grant create on database \"DATABASE\" to \"LOGIN\"", "may create schemas"),
        ("alter role \"LOGIN\" superuser", "is a superuser"),
        ("do $$ begin execute format('grant %I to \"LOGIN\"', current_user); end $$", "may become one"),
    ])
    func aLoginThatMayDoMoreIsRefused(statement: String, reason: String) async throws {
        try await TestInstallation.with { installation in
            let (login, database) = try await installation.operatorClient.query(
                "select app_login, current_database()::text from polls_control.setting"
            ).decodeOne(String.self, String.self)
            let grant = statement.replacing("LOGIN", with: login).replacing("DATABASE", with: database)
            _ = try await installation.operatorClient.query("\(unsafeRaw: grant)")
            try await expectRefusal(reason, installation)
        }
    }

    @Test func aDatabaseWithoutARegistryIsRefused() async throws {
        try await TestInstallation.with { installation in
            try await installation.operatorClient.withConnection {
                _ = try await $0.execute(script: "alter schema polls_control rename to elsewhere")
            }
            try await expectRefusal("no registry that the login may read", installation)
            try await installation.operatorClient.withConnection {
                _ = try await $0.execute(script: "alter schema elsewhere rename to polls_control")
            }
        }
    }
}
