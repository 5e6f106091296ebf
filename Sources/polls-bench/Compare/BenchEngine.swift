import FoundationEssentials

/// What one deployment of the container level has on a Docker engine: Compose projects, one for each tenant and one for
/// nginx.
struct BenchEngine: Sendable {
    /// Where the deployment's files are.
    let folder: String

    private static let front = "polls-front"

    /// Why no engine here can be measured on. `nil`: one can.
    static func obstacle() async -> String? {
        guard await asked(["info", "--format", "{{.ServerVersion}}"]) != nil else {
            return "no Docker engine answers here"
        }
        guard await asked(["image", "inspect", "--format", "{{.Id}}", "polls:latest"]) != nil else {
            return "the Docker engine here has no image polls:latest (make image makes it)"
        }
        // There is one nginx an engine, and tenants' names are the engine's.
        guard await asked(["ps", "--quiet", "--filter", "label=polls.front"]) == [] else {
            return "the Docker engine here has an nginx of polls already, and it is not to be disturbed"
        }
        return nil
    }

    /// The address of this machine that containers of every network reach.
    static func bridge() async throws -> String {
        let format = "{{range .IPAM.Config}}{{.Subnet}}{{end}}"
        guard let subnet = await asked(["network", "inspect", "bridge", "--format", format])?.first,
            let address = firstAddress(of: subnet)
        else {
            throw CompareFailure(
                "the Docker engine's network bridge has no address",
                next: "Start the engine with its usual network, or measure with --runtime process."
            )
        }
        return address
    }

    /// The first address of a subnet of IPv4, which Docker gives to the machine itself: `172.17.0.1` of `172.17.0.0/16`.
    static func firstAddress(of subnet: String) -> String? {
        let bytes = subnet.prefix { $0 != "/" }.split(separator: ".").compactMap { UInt8($0) }
        guard bytes.count == 4, let last = bytes.last, last < .max else { return nil }
        return (bytes.dropLast() + [last + 1]).map(String.init).joined(separator: ".")
    }

    /// The processes of its containers, and what the engine keeps for each of them. They are no descendants of this one.
    func processes() async -> [Int32] {
        let table = ProcessTable.read()
        var found: Set<Int32> = []
        for id in await list(.container) {
            let answer = await Self.asked(["inspect", "--format", "{{.State.Pid}}", id])
            guard let main = answer?.first.flatMap({ Int32($0) }), main > 0 else { continue }
            found.insert(main)
            found.formUnion(table.descendants(of: [main]))
            if let shim = table.parent(of: main), shim > 1 { found.insert(shim) }
        }
        return found.sorted()
    }

    /// The bytes of its volumes.
    func disk() async -> Int {
        var sum = 0
        for name in await list(.volume) {
            let answer = await Self.asked(["volume", "inspect", "--format", "{{.Mountpoint}}", name])
            sum += answer?.first.map(DiskUsage.bytes) ?? 0
        }
        return sum
    }

    /// Removes all of it, cancelled or not. Containers first: a network with one in it cannot be removed.
    func remove() async {
        await Task {
            for kind in [Kind.container, .volume, .network] {
                let found = await list(kind)
                guard !found.isEmpty else { continue }
                _ = await Self.asked([kind.rawValue, "rm"] + (kind == .container ? ["--force"] : []) + found)
            }
        }.value
    }

    private enum Kind: String { case container, volume, network }

    /// Names or ids of what belongs to its projects.
    private func list(_ kind: Kind) async -> [String] {
        let homes = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/tenants")) ?? []
        let projects = Set(homes.map { "polls-" + $0 } + [Self.front])
        let name = kind == .volume ? "{{.Name}}" : "{{.ID}}"
        let all = kind == .container ? ["--all"] : []
        let format = name + " {{.Label \"com.docker.compose.project\"}}"
        let lines = await Self.asked([kind.rawValue, "ls"] + all + ["--format", format]) ?? []
        return lines.compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 2 && projects.contains(String(words[1])) ? String(words[0]) : nil
        }
    }

    /// The lines that docker prints. `nil`: it failed, or is not there.
    private static func asked(_ arguments: [String]) async -> [String]? {
        guard let outcome = try? await Command("docker", arguments).outcome(), outcome.succeeded else { return nil }
        return outcome.text.split(separator: "\n").map(String.init)
    }
}
