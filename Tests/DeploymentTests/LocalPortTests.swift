import Testing

@testable import Deployment

/// Where a front door could listen, before anything is started for it.
@Suite struct LocalPortTests {
    @Test(arguments: [
        "banana", "127.0.0.1:", "127.0.0.1:99999", "localhost:8080", "127.0.0.1:80:80", "", "203.0.113.1:8080",
    ])
    func noAddressOfThisMachine(text: String) {
        let error = #expect(throws: DeploymentError.self) { try LocalPort.check(text) }
        #expect(error?.code == .badInput)
    }

    @Test(arguments: ["127.0.0.1:0", "0", "[::1]:8080"]) func aFreeOne(text: String) throws {
        try LocalPort.check(text)
    }
}
