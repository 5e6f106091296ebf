import EmbeddedPostgres
import FoundationEssentials

/// Where clusters keep their files when they cannot be in their own folder: PostgreSQL's user does not reach root's
/// folders, and a link `cluster` leads elsewhere.
enum ClusterHomes {
    /// Those of all clusters of a site.
    static func outside(of folder: String) -> [String] {
        let tenants = folder + "/deploy/tenants"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tenants)) ?? []
        let clusters = [folder + "/shared"] + names.map { "\(tenants)/\($0)/postgres" }
        return clusters.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: $0 + "/cluster") }
            .filter { $0.hasPrefix(EmbeddedPostgres.shelter + "/") }
    }

    static func remove(outsideOf folder: String) {
        for home in outside(of: folder) { try? FileManager.default.removeItem(atPath: home) }
    }
}
