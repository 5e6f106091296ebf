import TestSupport
import Testing

/// An address that the server cannot listen on: it says why in plain words, and which setting changes it.
@Suite struct AddressTests {
    @Test(arguments: [
        (["HOST": "300.1.1.1"], "300.1.1.1 leads to no address"),
        (["HOST": "203.0.113.1"], "203.0.113.1 is no address of this machine's"),
        (["HOST": "unix:/nonexistent/socket"], "no socket can be made at unix:/nonexistent/socket"),
        (["HOST": "unix:/tmp/" + String(repeating: "x", count: 200)], "is too long"),
    ])
    func anAddressThatCannotBeListenedOn(settings: [String: String], reason: String) async throws {
        try await TestInstallation.with { installation in
            let end = try await ServerProcess.refusal(installation, settings: settings)
            #expect(end.status == 1, "\(end)")
            #expect(end.log.contains(reason) && end.log.contains("--host or HOST"), "\(end.log)")
        }
    }

    @Test(arguments: [["POLLS_TENANT": "Foo"], ["DATABASE_URL": "nonsense"], ["DATABASE_URL": "docker:"]])
    func wrongUseEndsWithTwo(settings: [String: String]) async throws {
        try await TestInstallation.with { installation in
            let end = try await ServerProcess.refusal(installation, settings: settings)
            #expect(end.status == 2, "\(end)")
        }
    }
}
