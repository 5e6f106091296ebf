import FoundationEssentials
import Glibc
import Provisioning

/// The files of one home.
struct HomeFolder: Sendable {
    let name: HomeName
    let path: String

    /// - Parameter tenants: the folder of all homes.
    init(_ name: HomeName, in tenants: String) {
        self.name = name
        path = "\(tenants)/\(name)"
    }

    var compose: String { path + "/compose.yaml" }
    var keys: String { path + "/keys" }
    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// What was recorded under a name, such as the home's subnet; `nil`: nothing yet.
    func recorded(_ name: String) -> String? {
        (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8))?.split(separator: "\n").first.map(String.init)
    }

    func record(_ name: String, _ text: String) throws {
        try AtomicFile.write(text + "\n", to: "\(path)/\(name)")
    }

    /// The subnet of the home's network, for as long as the home is there.
    func subnet() throws -> Subnet? { try recorded("subnet").map { try Subnet($0) } }

    /// Makes the passwords of the operator's login and of the server's, unless they are there.
    /// - Parameter owner: who may read them, unless some are another's already.
    func makeKeys(owner: (uid: uid_t, gid: gid_t)?) throws {
        let owner = keyOwner ?? owner
        // Its files are mounted one by one; the folder itself is the operator's.
        try DeploymentFolder.make(keys)
        for (login, plain, passwordFile) in [
            ("postgres", "postgres-password", "operator.pgpass"),
            (RegistryOptions.defaultAppLogin, "app-password", "app.pgpass"),
        ] where !FileManager.default.fileExists(atPath: "\(keys)/\(passwordFile)") {
            let password = try key(plain) ?? Self.newPassword()
            try AtomicFile.write(password + "\n", to: "\(keys)/\(plain)", mode: 0o600, owner: owner)
            try AtomicFile.write(
                "*:*:*:\(login):\(password)\n",
                to: "\(keys)/\(passwordFile)",
                mode: 0o600,
                owner: owner
            )
        }
    }

    /// Who may read the passwords that were made; `nil`: none yet, or root, as whom no container runs.
    var keyOwner: (uid: uid_t, gid: gid_t)? {
        for file in ["postgres-password", "app.pgpass"] {
            var status = stat()
            if stat("\(keys)/\(file)", &status) == 0, status.st_uid != 0 { return (status.st_uid, status.st_gid) }
        }
        return nil
    }

    /// A password of the home, `nil` when it was not made yet.
    func key(_ name: String) throws -> String? {
        (try? String(contentsOfFile: "\(keys)/\(name)", encoding: .utf8))?.split(separator: "\n").first.map(String.init)
    }

    /// Removes the home's files.
    func remove() throws {
        guard exists else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw DeploymentError(
                .folder,
                "cannot remove \(path): \(error)",
                next: "See what is in it, and remove it by hand."
            )
        }
    }

    private static func newPassword() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<24).map { _ in
            let digits = String(UInt8.random(in: .min ... .max, using: &random), radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
