import Provisioning
import Testing

@Suite struct TenantDomainTests {
    @Test(arguments: [
        ("polls.example.com", "polls.example.com"), ("Polls.Example.COM.", "polls.example.com"), ("a-b.c1", "a-b.c1"),
    ])
    func hostNamesAreTaken(text: String, host: String) throws {
        #expect(try TenantDomain(text).host == host)
    }

    @Test(arguments: [
        "", ".", "com", "http://polls.example", "polls.example:80", "polls.example/x", "-a.example", "a-.example",
        "a..example", "ä.example", "a_b.example", "127.0.0.1", "a b.example", "x\0.example",
        String(repeating: "a", count: 64) + ".example",
    ])
    func othersAreRefused(text: String) {
        #expect(throws: ProvisioningError.self) { try TenantDomain(text) }
    }
}
