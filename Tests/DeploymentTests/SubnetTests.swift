import Testing

@testable import Deployment

/// One subnet a tenant.
@Suite struct SubnetTests {
    @Test func aHomesNumberGivesItsSubnet() throws {
        let range = SubnetRange(try Subnet("10.213.0.0/16"))
        #expect(range.count == 4096)
        #expect(try range.subnet(home: 0).description == "10.213.0.0/28")
        #expect(try range.subnet(home: 7).description == "10.213.0.112/28")
        #expect(try range.subnet(home: 4095).description == "10.213.255.240/28")
        // Numbers are never used again, and subnets are.
        #expect(try range.subnet(home: 4096 + 7).description == "10.213.0.112/28")
        #expect(try range.subnet(home: 7).host(3) == "10.213.0.115")
    }

    @Test func aTakenSubnetIsPassedOverAndNoneLeftIsRefused() throws {
        let range = SubnetRange(try Subnet("192.168.8.0/26"))
        var taken: Set<Subnet> = []
        for _ in 0..<4 { taken.insert(try range.subnet(home: 3, taken: taken)) }
        #expect(
            Set(taken.map(\.description)) == [
                "192.168.8.0/28", "192.168.8.16/28", "192.168.8.32/28", "192.168.8.48/28",
            ]
        )
        let error = #expect(throws: DeploymentError.self) { try range.subnet(home: 3, taken: taken) }
        #expect(error?.code == .subnetsExhausted)
    }

    @Test(arguments: [
        "", "10.213.0.0", "10.213.0.0/", "10.213.0/16", "10.213.0.1/16", "10.213.0.0/29", "8.8.0.0/16", "10.0.0.0/7",
        "10.213.0.0/16/2", "172.32.0.0/16", "300.0.0.0/8",
    ])
    func whatIsNoRange(text: String) {
        #expect(throws: DeploymentError.self) { try Subnet(text) }
    }

    @Test(arguments: ["10.0.0.0/8", "172.31.0.0/16", "192.168.0.0/16", "10.213.0.16/28"])
    func whatIsARange(text: String) throws {
        #expect(try Subnet(text).description == text)
    }
}
