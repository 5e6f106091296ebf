import Crypto
import Postgres

/// A secret that a tenant's writers show. Only its hash is kept.
public struct APIToken: Sendable {
    /// Shown once: the prefix and 32 random bytes in base64url.
    public let text: String

    init(prefix: String) { text = prefix + RandomText.base64URL(bytes: 32) }

    /// SHA-256 of the text. The text is random enough that a slow hash would add nothing.
    var hash: Bytes { Bytes(SHA256.hash(data: Array(text.utf8))) }
}
