import Testing

@testable import polls_bench

@Suite struct BenchEngineTests {
    @Test(arguments: [("172.17.0.0/16", "172.17.0.1"), ("10.0.0.128/25", "10.0.0.129")])
    func theMachineHasTheFirstAddressOfASubnet(subnet: String, address: String) {
        #expect(BenchEngine.firstAddress(of: subnet) == address)
    }

    @Test(arguments: ["", "fd00::/64", "172.17.0/16", "1.2.3.255/32"])
    func whatIsNoSubnetHasNone(text: String) { #expect(BenchEngine.firstAddress(of: text) == nil) }
}
