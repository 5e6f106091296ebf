import Crypto
import FoundationEssentials

/// A password as PostgreSQL keeps it, so that the password itself is never sent (RFC 5803, PostgreSQL manual,
/// "pg_authid").
struct ScramVerifier {
    let text: String

    init(password: String, salt: [UInt8] = Self.randomSalt(), iterations: Int = 4096) {
        // Keyed once, copied for each round.
        let keyed = HMAC<SHA256>(key: SymmetricKey(data: Array(password.utf8)))
        func authenticated(_ bytes: [UInt8]) -> [UInt8] {
            var hmac = keyed
            hmac.update(data: bytes)
            return Array(hmac.finalize())
        }
        // PBKDF2 with one block (RFC 8018, section 5.2).
        var round = authenticated(salt + [0, 0, 0, 1])
        var salted = round
        for _ in 1..<iterations {
            round = authenticated(round)
            for index in salted.indices { salted[index] ^= round[index] }
        }
        let saltedKey = SymmetricKey(data: salted)
        let clientKey = HMAC<SHA256>.authenticationCode(for: Array("Client Key".utf8), using: saltedKey)
        let storedKey = SHA256.hash(data: Array(clientKey))
        let serverKey = HMAC<SHA256>.authenticationCode(for: Array("Server Key".utf8), using: saltedKey)
        text =
            "SCRAM-SHA-256$\(iterations):\(Self.base64(salt))$\(Self.base64(storedKey)):\(Self.base64(serverKey))"
    }

    private static func base64(_ bytes: some Sequence<UInt8>) -> String { Data(bytes).base64EncodedString() }

    private static func randomSalt() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
}
