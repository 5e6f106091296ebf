import Deployment
import FoundationEssentials
import Logging
import Provisioning
import Settings

/// What runs the tenants of the level `container`, as the settings say.
enum Runtime {
    static func make(_ settings: Settings) throws -> any ContainerRuntime {
        let folder = try DeploymentFolder(settings.deployFolder)
        switch settings.runtime {
        case .docker:
            var options = try DockerRuntime.Options()
            options.containers.baseDomain = settings.baseDomain
            options.publish = settings.publish
            options.subnets = SubnetRange(try Subnet(settings.subnets))
            options.shared = settings.sharedServer ?? "app:8080"
            return try DockerRuntime(folder: folder, options: options)
        case .process:
            // polls-server is installed beside this program.
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let binaries = own[..<(own.lastIndex(of: "/") ?? own.startIndex)]
            var options = ProcessRuntime.Options(server: binaries + "/polls-server")
            options.address = settings.publish
            options.shared = settings.sharedServer
            options.baseDomain = settings.baseDomain
            return ProcessRuntime(folder: folder, options: options, logger: Logger(label: "polls-admin"))
        }
    }
}
