import Deployment
import FoundationEssentials
import Logging
import Provisioning
import Settings
import Synchronization

/// What runs the tenants of the level `container`, as the settings say.
enum Runtime {
    /// Makes it when it is first needed, and the same from then on: so that changes of routes that come close together are
    /// one.
    static func once(_ settings: Settings) -> @Sendable () throws -> any ContainerRuntime {
        let made = Made()
        return {
            try made.runtime.withLock { runtime in
                let now = try runtime ?? make(settings)
                runtime = now
                return now
            }
        }
    }

    private final class Made: Sendable {
        let runtime = Mutex<(any ContainerRuntime)?>(nil)
    }

    private static func make(_ settings: Settings) throws -> any ContainerRuntime {
        let shared = settings.sharedServer ?? (settings.runtime == .docker ? "app:8080" : nil)
        var fixed = [
            "POLLS_RUNTIME": settings.runtime.rawValue, "POLLS_BASE_DOMAIN": settings.baseDomain,
            "POLLS_SHARED_SERVER": shared ?? "",
        ]
        // An engine's front door has its address from the compose file.
        if settings.runtime == .process { fixed["POLLS_PUBLISH"] = settings.publish }
        let folder = try DeploymentFolder(settings.deployFolder, settings: fixed)
        switch settings.runtime {
        case .docker:
            var options = try DockerRuntime.Options()
            options.containers.baseDomain = settings.baseDomain
            options.publish = settings.publish
            options.subnets = SubnetRange(try Subnet(settings.subnets))
            options.shared = shared
            return try DockerRuntime(folder: folder, options: options)
        case .process:
            // polls-server is installed beside this program.
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let binaries = own[..<(own.lastIndex(of: "/") ?? own.startIndex)]
            var options = ProcessRuntime.Options(server: binaries + "/polls-server")
            options.address = settings.publish
            options.shared = shared
            options.baseDomain = settings.baseDomain
            return ProcessRuntime(folder: folder, options: options, logger: Logger(label: "polls-admin"))
        }
    }
}
