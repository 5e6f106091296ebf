import Foundation
import Provisioning
import Tenancy
import Testing

@testable import Deployment

/// The rendered files, whole.
@Suite struct RenderingTests {
    private let range = SubnetRange(Subnet(address: 10 << 24 | 213 << 16, prefix: 16))

    private func container(_ name: String, _ home: Int64, _ domains: [String] = []) throws -> TenantContainer {
        TenantContainer(tenant: try TenantName(name), home: home, domains: domains)
    }

    private func tenants() throws -> [NginxConfiguration.Tenant] {
        [
            try .init(
                container("potter", 7, ["polls.hogwarts.test", "a.test"]),
                baseDomain: "polls.localhost",
                server: "10.213.0.115:8080"
            ),
            try .init(container("asgard-9", 12), baseDomain: "polls.localhost", server: "unix:/tmp/asgard.sock"),
        ]
    }

    @Test func aTenantsComposeFile() throws {
        let file = ComposeFile(
            try container("potter", 7),
            subnet: try range.subnet(home: 7),
            options: ContainerOptions()
        )
        try expectGolden(file.text, "Tests/DeploymentTests/Golden/potter.compose.yaml")
    }

    @Test func theIsolatedComposeFileOfTheRepository() throws {
        let file = IsolatedComposeFile(
            [try TenantName("thor"), try TenantName("potter")],
            options: ContainerOptions(),
            range: range
        )
        try expectGolden(file.text, "docker-compose.isolated.yaml")
        try expectGolden(try file.nginx().text, "deploy/isolated/nginx.conf")
    }

    @Test func theFrontsComposeFile() throws {
        let file = FrontComposeFile(
            networks: ["polls-potter-7", "polls-thor-8"],
            publish: "127.0.0.1:8080",
            options: ContainerOptions()
        )
        try expectGolden(file.text, "Tests/DeploymentTests/Golden/front.compose.yaml")
        try expectGolden(file.overlay, "Tests/DeploymentTests/Golden/front.shared.yaml")
    }

    @Test func nginxWithoutIsolatedTenantsIsThatOfTheSharedMode() throws {
        let file = NginxConfiguration(
            place: .container,
            baseDomain: "polls.localhost",
            tenants: [],
            shared: .name("app:8080")
        )
        try expectGolden(file.text, "deploy/shared/nginx.conf")
    }

    @Test func theScriptThatStartsNginx() throws {
        try expectGolden(FrontScripts.start, "deploy/shared/start-nginx")
    }

    @Test func nginxInAContainer() throws {
        let file = NginxConfiguration(
            place: .container,
            baseDomain: "polls.localhost",
            tenants: try tenants(),
            shared: .name("app:8080")
        )
        try expectGolden(file.text, "Tests/DeploymentTests/Golden/container.nginx.conf")
    }

    @Test func nginxAsAProcess() throws {
        let file = NginxConfiguration(
            place: .process(address: "127.0.0.1:8080", folder: "/srv/front"),
            baseDomain: "polls.localhost",
            tenants: try tenants(),
            shared: .server("127.0.0.1:9000")
        )
        try expectGolden(file.text, "Tests/DeploymentTests/Golden/process.nginx.conf")
    }

    /// Whom a move has sent on goes through the front door once more.
    @Test(arguments: [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"), ("8080", "http://127.0.0.1:8080"), ("unix:/s", "http://unix:/s:"),
    ])
    func nginxFindsItself(address: String, itself: String) {
        let place = NginxConfiguration.Place.process(address: address, folder: "/f")
        let text = NginxConfiguration(place: place, baseDomain: "b.test", tenants: [], shared: .server("h:1")).text
        #expect(text.contains("listen \(address);"))
        #expect(text.contains("proxy_pass \(itself);"))
    }

    @Test(arguments: ["a b.test", "a;.test", "a{.test", "", "*.test", "a\n.test", "~a.test", "$host"])
    func aHostThatCouldMeanSomethingElseToNginxIsRefused(host: String) throws {
        #expect(throws: DeploymentError.self) {
            try NginxConfiguration.Tenant(
                container("potter", 7, [host]),
                baseDomain: "polls.localhost",
                server: "127.0.0.1:1"
            )
        }
    }

    @Test func limitsAndHardeningAreOnEveryServiceOfATenant() throws {
        let text = ComposeFile(try container("potter", 7), subnet: range[7], options: ContainerOptions()).text
        for line in ["cap_drop: [\"ALL\"]", "mem_limit: ", "pids_limit: ", "cpus: ", "max-size: "] {
            #expect(text.ranges(of: line).count == 3, "\(line)")
        }
        #expect(text.ranges(of: "no-new-privileges:true").count == 3)
        #expect(text.ranges(of: "read_only: true").count == 2, "the app's two")
        #expect(!text.contains("ports:"))
    }
}
