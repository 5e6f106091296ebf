import FoundationEssentials
import Glibc

/// Where a PostgreSQL installation's programs are.
struct PostgresBinaries: Equatable {
    /// The folder that holds `initdb` and `postgres`.
    var folder: String

    var initdb: String { folder + "/initdb" }
    var postgres: String { folder + "/postgres" }

    /// Debian's folders, the highest version first, then those of `PATH`.
    /// - Parameters:
    ///   - override: the only folder to look in.
    ///   - version: the major version that made the data, which no other can read.
    static func find(
        in override: String? = nil,
        version: String? = nil,
        distribution: String = "/usr/lib/postgresql",
        path: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
    ) throws -> PostgresBinaries {
        if let override {
            guard let found = PostgresBinaries(in: override) else {
                throw EmbeddedPostgresError(
                    .binariesMissing,
                    "there is no PostgreSQL in \(override)",
                    remedy: "Name a folder that holds initdb and postgres"
                )
            }
            return found
        }
        let installed = ((try? FileManager.default.contentsOfDirectory(atPath: distribution)) ?? [])
            .compactMap { name in Int(name).map { (version: $0, folder: "\(distribution)/\(name)/bin") } }
            .sorted { $0.version > $1.version }
            .filter { version == nil || version == "\($0.version)" }
            .map(\.folder)
        let candidates = installed + path.split(separator: ":").map(String.init)
        for folder in candidates {
            if let found = PostgresBinaries(in: folder) { return found }
        }
        throw missing(version: version)
    }

    private init?(in folder: String) {
        self.init(folder: folder)
        guard access(initdb, X_OK) == 0, access(postgres, X_OK) == 0 else { return nil }
    }

    private init(folder: String) { self.folder = folder }

    private static func missing(version: String?) -> EmbeddedPostgresError {
        guard let version else {
            return EmbeddedPostgresError(
                .binariesMissing,
                "PostgreSQL is not installed",
                remedy: "Install it: apt-get install postgresql"
            )
        }
        return EmbeddedPostgresError(
            .binariesMissing,
            "the data was made by PostgreSQL \(version), which is not installed",
            remedy: "Install it: apt-get install postgresql-\(version)"
        )
    }
}
