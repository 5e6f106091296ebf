import FoundationEssentials
import Glibc
import Provisioning
import Tenancy

/// The files of the container level, below one folder that is the operator's alone:
///
///     settings                            what all of its tenants are made and led to by
///     nginx.conf                          the front door's, as it was last put live
///     front/                              the front door's compose file
///     tenants/potter-7/compose.yaml       a tenant's services; 7 is its home's number
///     tenants/potter-7/keys/              its passwords, each readable by one user
///     tenants/potter-7/subnet             its network's addresses
public struct DeploymentFolder: Sendable {
    /// Absolute.
    public let path: String
    /// What must not change from one command to the next while there are homes, by the settings' names.
    private let settings: [String: String]
    /// The folder of all homes.
    private var tenants: String { path + "/tenants" }

    /// Makes the folder where it is missing.
    /// - Parameter settings: the front door is rendered for all tenants by these, whichever is concerned: a command that has
    ///   others than the homes here were made by is refused. One that had no value then may be given one.
    /// - Throws: ``DeploymentError``.
    public init(_ path: String, settings: [String: String] = [:]) throws {
        self.settings = settings
        try Self.make(path)
        guard let real = realpath(path, nil) else { throw Self.failure("find \(path)", strerror(errno)) }
        defer { free(real) }
        self.path = String(cString: real)
        try Self.make(tenants)
        try checkSettings()
    }

    private var settingsFile: String { path + "/settings" }

    private func checkSettings() throws {
        guard try !homes().isEmpty, let text = try? String(contentsOfFile: settingsFile, encoding: .utf8) else {
            return
        }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let now = settings[parts[0]], now != parts[1] else { continue }
            // What there was not may come; what there is does not go.
            if parts[1].isEmpty { continue }
            throw DeploymentError(
                .badInput,
                "the isolated tenants in \(path) were made with \(line), and it is \(now.debugDescription) now",
                next: "Set it as it was. To change it for all of them, remove \(settingsFile) first."
            )
        }
    }

    /// Makes the folder of a home; only while nobody else changes the deployment's. With the first one the settings are
    /// written down.
    func makeHome(_ container: TenantContainer) throws -> HomeFolder {
        if try homes().isEmpty || !FileManager.default.fileExists(atPath: settingsFile) { try writeSettings() }
        let home = home(container)
        try Self.make(home.path)
        return home
    }

    private func writeSettings() throws {
        let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }
        try AtomicFile.write(lines.joined(), to: settingsFile)
    }

    /// Writes down what was without a value when the settings were, and has one now.
    private func completeSettings() throws {
        guard let text = try? String(contentsOfFile: settingsFile, encoding: .utf8) else { return }
        let isNew = settings.contains { !$0.value.isEmpty && text.split(separator: "\n").contains("\($0.key)=") }
        if isNew { try writeSettings() }
    }

    /// Runs the body while no other command changes the folder.
    func locked<R>(_ body: () async throws -> R) async throws -> R {
        let lock = try await FolderLock(path + "/lock")
        let result: Result<R, any Error>
        do {
            try checkSettings()
            try completeSettings()
            result = .success(try await body())
        } catch { result = .failure(error) }
        _ = consume lock
        return try result.get()
    }

    /// The folder of one home, there or not.
    func home(_ container: TenantContainer) -> HomeFolder {
        HomeFolder(HomeName(container), in: tenants)
    }

    /// Every home that has a folder.
    func homes() throws -> [HomeFolder] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: tenants).sorted()
                .map { HomeFolder(HomeName(folder: $0), in: tenants) }
        } catch { throw Self.failure("read \(tenants)", "\(error)") }
    }

    /// Refuses where the files of a container are not here.
    func check(_ containers: [TenantContainer]) throws {
        for container in containers where !home(container).exists { throw missing(container) }
    }

    /// Refuses where there is nothing of a container and never was of any: its files are in another folder.
    func checkRemoval(of container: TenantContainer) throws {
        guard home(container).exists || FileManager.default.fileExists(atPath: settingsFile) else {
            throw missing(container)
        }
    }

    func missing(_ container: TenantContainer) -> DeploymentError {
        DeploymentError(
            .folder,
            "the files of \(container.tenant) are not in \(path)",
            next: "Say in POLLS_DEPLOY which folder isolated tenants' files are in."
        )
    }

    /// Makes a folder that nobody else may enter, and leaves one that is there as it is.
    static func make(_ path: String, mode: mode_t = 0o700) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch { throw failure("make \(path)", "\(error)") }
        guard chmod(path, mode) == 0 else { throw failure("protect \(path)", strerror(errno)) }
    }

    private static func failure(_ action: String, _ reason: UnsafeMutablePointer<CChar>) -> DeploymentError {
        failure(action, String(cString: reason))
    }

    private static func failure(_ action: String, _ reason: String) -> DeploymentError {
        DeploymentError(.folder, "cannot \(action): \(reason)", next: "Name a folder that this user may write to.")
    }
}
