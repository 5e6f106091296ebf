/// What installing a registry came to.
public struct InstalledRegistry: Sendable {
    public let registry: Registry
    /// The database that it is in.
    public let database: String
    /// The files applied now; none when it was up to date.
    public let applied: [String]
    /// A new login's random password: it is not kept, and cannot be read again.
    public let generatedPassword: String?
    /// Safeguards that the operator's login had no right to put up.
    public let warnings: [Warning]

    /// A safeguard that is missing.
    public struct Warning: Sendable, Equatable {
        /// What is still possible.
        public let what: String
        /// What a superuser, or the database's owner, runs to end it.
        public let remedy: String
    }
}
