import Tenancy
import Testing

@Suite struct TenantNameTests {
    @Test(arguments: ["a", "potter", "a1", "x-y-z", String(repeating: "a", count: 40)])
    func goodNames(_ text: String) throws {
        #expect(try TenantName(text).rawValue == text)
    }

    @Test(arguments: [
        "", "1a", "-a", "a-", "a--b", "A", "Potter", "a_b", "a.b", "a b", "ä", "а", "a\u{0}", "..", "a'b", "a\"b",
        String(repeating: "a", count: 41), "a\n",
    ])
    func badNames(_ text: String) {
        let error = #expect(throws: TenantNameError.self) { try TenantName(text) }
        #expect(error?.reason == .grammar)
    }

    @Test(arguments: ["public", "www", "api", "admin", "app", "static", "mail", "localhost", "pg-x", "postgres"])
    func reservedNames(_ text: String) {
        let error = #expect(throws: TenantNameError.self) { try TenantName(text) }
        #expect(error?.reason == .reserved)
    }
}
